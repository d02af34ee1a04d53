pge_test(migrate LABEL unit
  SOURCES migrate/splitter_test.cpp
  LINK pge_migrate_files)
