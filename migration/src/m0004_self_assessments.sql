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
CREATE INDEX self_assessment_by_completion ON self_assessment (account_id, instrument, completed_at, id);
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

-- A live grant to one account. Every read is told to the owner.
CREATE TABLE self_assessment_share (
    id {uuid} PRIMARY KEY,
    self_assessment_id {uuid} NOT NULL REFERENCES self_assessment (id) ON DELETE CASCADE,
    owner_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    recipient_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    expires_at {timestamp} NOT NULL,
    revoked_at {timestamp},
    read_count BIGINT NOT NULL,
    last_read_at {timestamp},
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    CHECK (owner_id <> recipient_id)
);
CREATE UNIQUE INDEX self_assessment_share_once ON self_assessment_share (self_assessment_id, recipient_id) WHERE revoked_at IS NULL;
CREATE INDEX self_assessment_share_by_assessment ON self_assessment_share (self_assessment_id, created_at, id);
CREATE INDEX self_assessment_share_by_owner ON self_assessment_share (owner_id, created_at, id);
CREATE INDEX self_assessment_share_by_recipient ON self_assessment_share (recipient_id, created_at, id);

CREATE TABLE self_assessment_share_read (
    id {uuid} PRIMARY KEY,
    share_id {uuid} NOT NULL REFERENCES self_assessment_share (id) ON DELETE CASCADE,
    read_at {timestamp} NOT NULL
);
CREATE INDEX self_assessment_share_read_by_time ON self_assessment_share_read (share_id, read_at, id);

-- A self-assessment that counts in the anonymous aggregate of one body.
CREATE TABLE contribution (
    self_assessment_id {uuid} PRIMARY KEY REFERENCES self_assessment (id) ON DELETE CASCADE,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    organization_id {uuid} REFERENCES organization (id) ON DELETE CASCADE,
    consultation_group_id {uuid} REFERENCES consultation_group (id) ON DELETE CASCADE,
    instrument {text} NOT NULL,
    major BIGINT NOT NULL,                       -- versions of one major number are comparable
    quarter {text} NOT NULL,                     -- of its completion, such as 2026-Q4 (UTC)
    completed_at {timestamp} NOT NULL,
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    CHECK ((organization_id IS NULL) <> (consultation_group_id IS NULL))
);
CREATE INDEX contribution_by_organization ON contribution (organization_id, quarter);
CREATE INDEX contribution_by_group ON contribution (consultation_group_id, quarter);
CREATE INDEX contribution_by_account ON contribution (account_id);

-- The aggregate of a closed quarter, computed once. Sealed by the master key.
CREATE TABLE insight (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} REFERENCES organization (id) ON DELETE CASCADE,
    consultation_group_id {uuid} REFERENCES consultation_group (id) ON DELETE CASCADE,
    instrument {text} NOT NULL,
    major BIGINT NOT NULL,
    quarter {text} NOT NULL,
    content {bytes} NOT NULL,
    created_at {timestamp} NOT NULL,
    CHECK ((organization_id IS NULL) <> (consultation_group_id IS NULL))
);
CREATE UNIQUE INDEX insight_once_in_organization ON insight (organization_id, instrument, major, quarter);
CREATE UNIQUE INDEX insight_once_in_group ON insight (consultation_group_id, instrument, major, quarter);
