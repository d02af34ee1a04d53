drop index concurrently if exists seen_setting;
