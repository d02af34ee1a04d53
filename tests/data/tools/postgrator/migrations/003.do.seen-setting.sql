create index concurrently seen_setting on seen (setting);
