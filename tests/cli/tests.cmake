pge_test(cli LABEL unit SOURCES cli/command_line_test.cpp cli/command_pattern_test.cpp cli/completions_test.cpp
         cli/input_list_test.cpp cli/signal_options_test.cpp
         LINK pge_cli CLI11::CLI11)
