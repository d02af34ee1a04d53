pge_test(postgres LABEL unit
         SOURCES postgres/classify_test.cpp postgres/compose_url_test.cpp postgres/connect_failure_test.cpp
                 postgres/connection_settings_test.cpp postgres/create_database_test.cpp postgres/refusals_test.cpp
                 postgres/hosts_test.cpp postgres/local_ports_test.cpp postgres/profile_test.cpp
                 postgres/salted_password_test.cpp postgres/spellings_test.cpp postgres/startup_options_test.cpp
                 postgres/tcp_ends_test.cpp
         LINK pge_postgres)
