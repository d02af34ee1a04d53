exports.config = { transaction: false };
exports.up = async (knex) => {
  await knex.raw('drop index concurrently if exists seen_setting');
  await knex.raw('create index concurrently seen_setting on seen (setting)');
};
exports.down = (knex) => knex.raw('drop index concurrently if exists seen_setting');
