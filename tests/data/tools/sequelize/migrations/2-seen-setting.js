module.exports = {
  up: async ({ sequelize }) => {
    await sequelize.query('drop index concurrently if exists seen_setting');
    await sequelize.query('create index concurrently seen_setting on seen (setting)');
  },
  down: ({ sequelize }) => sequelize.query('drop index concurrently if exists seen_setting'),
};
