pge_test(postgres LABEL unit
         SOURCES postgres/classify_test.cpp postgres/connection_settings_test.cpp postgres/tls_fault_test.cpp
         LINK pge_postgres)
