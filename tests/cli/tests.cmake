pge_test(cli LABEL unit SOURCES cli/command_line_test.cpp LINK pge_cli)
