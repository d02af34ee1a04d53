pge_test(migrations LABEL unit SOURCES migrations/blocks_test.cpp migrations/checksum_test.cpp migrations/directory_test.cpp migrations/key_test.cpp migrations/migration_set_test.cpp
  migrations/parse_test.cpp migrations/remark_test.cpp migrations/transactions_test.cpp LINK pge_migrations)
