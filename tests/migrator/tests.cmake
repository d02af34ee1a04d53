pge_test(migrator LABEL unit SOURCES migrator/shell_words_test.cpp migrator/inputs_test.cpp migrator/receipt_test.cpp LINK pge_migrator)
