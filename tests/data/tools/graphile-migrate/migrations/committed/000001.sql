--! Previous: -
--! Hash: sha1:40bc4f790cf6c90af971783d65f8056b9136bc98

create table seen as select current_setting('client_connection_check_interval') as setting;
