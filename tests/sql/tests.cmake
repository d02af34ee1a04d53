pge_test(sql LABEL unit SOURCES sql/concurrent_statement_test.cpp sql/statement_kind_test.cpp sql/splitter_test.cpp sql/transaction_control_test.cpp LINK pge_sql)
