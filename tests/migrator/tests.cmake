# The search goes through many thousands of sequences.
set_source_files_properties(migrator/all_sequences_test.cpp migrator/migrator_world.cpp PROPERTIES COMPILE_OPTIONS -O2)
pge_test(migrator LABEL unit
  SOURCES migrator/shell_words_test.cpp migrator/inputs_test.cpp migrator/judge_test.cpp migrator/all_sequences_test.cpp
          migrator/sequences_test.cpp migrator/migrator_world.cpp migrator/migrator_environment_test.cpp
          migrator/migrator_failure_test.cpp migrator/migrator_retries_test.cpp migrator/last_lines_test.cpp
  LINK pge_migrator)
