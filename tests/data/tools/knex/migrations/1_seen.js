exports.up = (knex) => knex.raw("create table seen as select current_setting('client_connection_check_interval') as setting");
exports.down = (knex) => knex.raw('drop table seen');
