export const up = (pgm) =>
  pgm.sql("create table seen as select current_setting('client_connection_check_interval') as setting");
export const down = (pgm) => pgm.sql('drop table seen');
