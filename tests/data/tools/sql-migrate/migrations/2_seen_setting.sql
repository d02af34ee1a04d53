-- +migrate Up notransaction
drop index concurrently if exists seen_setting;
create index concurrently seen_setting on seen (setting);
-- +migrate Down notransaction
drop index concurrently if exists seen_setting;
