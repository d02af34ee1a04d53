exports.up = async (db) => {
  await db.runSql('drop index concurrently if exists seen_setting');
  await db.runSql('create index concurrently seen_setting on seen (setting)');
};
