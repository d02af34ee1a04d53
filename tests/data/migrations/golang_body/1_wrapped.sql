BEGIN;

CREATE TABLE votes (id bigint);
CREATE INDEX ON votes (id);

COMMIT;
-- migrate:down
BEGIN;
DROP TABLE votes;
COMMIT;
