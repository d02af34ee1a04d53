pge_test(migrate LABEL unit
  SOURCES migrate/checksum_test.cpp migrate/concurrent_statement_test.cpp migrate/statement_kind_test.cpp migrate/splitter_test.cpp
          migrate/migration_file_test.cpp migrate/parse_test.cpp migrate/plan_test.cpp
  LINK pge_migrate_files)
