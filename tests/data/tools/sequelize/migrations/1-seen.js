module.exports = {
  up: ({ sequelize }) =>
    sequelize.query("create table seen as select current_setting('client_connection_check_interval') as setting"),
  down: ({ sequelize }) => sequelize.query('drop table seen'),
};
