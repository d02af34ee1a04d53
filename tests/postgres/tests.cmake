pge_test(postgres LABEL unit SOURCES postgres/connection_settings_test.cpp LINK pge_postgres)
