-- An answer to a meeting has a version, like everything that is replaced.
ALTER TABLE meeting_answer ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
