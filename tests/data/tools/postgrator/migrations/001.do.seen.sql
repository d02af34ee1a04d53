create table seen as select current_setting('client_connection_check_interval') as setting;
