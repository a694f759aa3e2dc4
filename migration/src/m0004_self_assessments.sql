-- What an account alone may read is sealed with its data key, which is wrapped by the master key.
CREATE TABLE data_key (
    account_id {uuid} PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    wrapped {bytes} NOT NULL,
    created_at {timestamp} NOT NULL
);

-- An answer that is private is kept for its idempotency key as it is kept elsewhere: sealed with the data key.
ALTER TABLE idempotency_record ADD COLUMN sealed BOOLEAN NOT NULL DEFAULT FALSE;

-- A version of an instrument never changes: its rules as this database first met them.
CREATE TABLE instrument_pin (
    instrument {text} NOT NULL,
    version {text} NOT NULL,
    rules_sha256 {text} NOT NULL,
    created_at {timestamp} NOT NULL,
    PRIMARY KEY (instrument, version)
);

CREATE TABLE self_assessment (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    instrument {text} NOT NULL,
    instrument_version TEXT NOT NULL,
    rules_sha256 {text} NOT NULL,
    language TEXT,                               -- of the wording; none where the person has the form in hand
    status TEXT NOT NULL,                        -- as stored: expired is derived from expires_at
    content {bytes},                             -- answers, result, reason of voiding; sealed; null once erased
    started_at {timestamp} NOT NULL,
    expires_at {timestamp} NOT NULL,
    completed_at {timestamp},
    voided_at {timestamp},
    version BIGINT NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK ((status = 'in_progress') = (completed_at IS NULL)),
    CHECK ((status = 'voided') = (voided_at IS NOT NULL)),
    CHECK (status = 'in_progress' OR content IS NOT NULL)
);
CREATE INDEX self_assessment_by_start ON self_assessment (account_id, started_at, id);
CREATE INDEX self_assessment_by_instrument ON self_assessment (account_id, instrument, started_at, id);
CREATE INDEX self_assessment_by_expiry ON self_assessment (expires_at) WHERE status = 'in_progress' AND content IS NOT NULL;

CREATE TABLE check_in_schedule (
    account_id {uuid} PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    instrument TEXT NOT NULL,
    cadence_days BIGINT NOT NULL,
    starts_on {date} NOT NULL,
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK (cadence_days BETWEEN 1 AND 366)
);
