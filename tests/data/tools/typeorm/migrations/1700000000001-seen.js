exports.Seen1700000000001 = class {
  name = 'Seen1700000000001';
  up = (runner) =>
    runner.query("create table seen as select current_setting('client_connection_check_interval') as setting");
  down = (runner) => runner.query('drop table seen');
};
