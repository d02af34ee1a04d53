create index seen_setting on seen (setting);
