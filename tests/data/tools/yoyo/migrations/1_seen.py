from yoyo import step

steps = [step("create table seen as select current_setting('client_connection_check_interval') as setting", "drop table seen")]
