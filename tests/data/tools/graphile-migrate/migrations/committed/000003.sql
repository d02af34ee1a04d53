--! Previous: sha1:bfe31b432bb17150213d0295530c7a670d8d1c80
--! Hash: sha1:2939684e46fc13a56d20c6e6b966871a9d9af385

--! no-transaction
create index concurrently seen_setting on seen (setting);
