-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY votes_idx ON votes (id)

-- migrate:down
DROP INDEX votes_idx
