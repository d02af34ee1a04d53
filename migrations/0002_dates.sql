-- When an application was filed and decided, and when each vote was cast. Rows that exist get the moment of this
-- migration as created_at; what was decided or cast before keeps no date, because none is known.
-- A constant default does not rewrite the table (PostgreSQL 11 and later; now() is evaluated once).
ALTER TABLE applications
    ADD COLUMN created_at timestamp NOT NULL DEFAULT now(),
    ADD COLUMN concluded_at timestamp;

ALTER TABLE votes
    ADD COLUMN voted_at timestamp;

-- migrate:down
ALTER TABLE votes
    DROP COLUMN voted_at;

ALTER TABLE applications
    DROP COLUMN concluded_at,
    DROP COLUMN created_at;
