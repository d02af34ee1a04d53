-- pg-entrypoint: no-transaction
CREATE INDEX CONCURRENTLY votes_choice_idx ON votes (choice);

-- migrate:down
DROP INDEX CONCURRENTLY votes_choice_idx;
