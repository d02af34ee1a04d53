pge_test(migrations LABEL unit SOURCES migrations/directory_test.cpp migrations/key_test.cpp migrations/parse_test.cpp
  migrations/remark_test.cpp LINK pge_migrations)
