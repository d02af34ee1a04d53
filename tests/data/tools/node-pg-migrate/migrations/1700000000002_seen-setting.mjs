export const up = (pgm) => {
  pgm.noTransaction();
  pgm.sql('drop index concurrently if exists seen_setting');
  pgm.sql('create index concurrently seen_setting on seen (setting)');
};
export const down = (pgm) => {
  pgm.noTransaction();
  pgm.sql('drop index concurrently if exists seen_setting');
};
