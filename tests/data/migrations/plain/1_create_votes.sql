CREATE TABLE votes (id bigint PRIMARY KEY, choice text NOT NULL);

-- migrate:down
DROP TABLE votes;
