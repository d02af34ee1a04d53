exports.SeenSetting1700000000002 = class {
  name = 'SeenSetting1700000000002';
  transaction = false;
  up = async (runner) => {
    await runner.query('drop index concurrently if exists seen_setting');
    await runner.query('create index concurrently seen_setting on seen (setting)');
  };
  down = (runner) => runner.query('drop index concurrently if exists seen_setting');
};
