--! Previous: sha1:40bc4f790cf6c90af971783d65f8056b9136bc98
--! Hash: sha1:bfe31b432bb17150213d0295530c7a670d8d1c80

--! no-transaction
drop index concurrently if exists seen_setting;
