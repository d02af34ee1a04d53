drop index concurrently if exists seen_setting;
create index concurrently seen_setting on seen (setting);
