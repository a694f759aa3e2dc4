-- An answer to a meeting has a version, like everything that is replaced.
ALTER TABLE meeting_answer ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- The address that a token was sent to, as it was written.
ALTER TABLE one_time_token ADD COLUMN email TEXT;
