pge_test(postgres LABEL unit SOURCES postgres/connection_settings_test.cpp postgres/tls_fault_test.cpp LINK pge_postgres)
