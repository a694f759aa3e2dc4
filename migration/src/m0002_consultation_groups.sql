-- Consultation groups -----------------------------------------------------------------------------------------------

CREATE TABLE consultation_group (
    id {uuid} PRIMARY KEY,
    name TEXT NOT NULL,
    slug {text} NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    description TEXT,
    specialties {json} NOT NULL,
    modalities {json} NOT NULL,
    populations {json} NOT NULL,
    languages {json} NOT NULL,
    experience {json} NOT NULL,
    licence_families {json} NOT NULL,            -- one of these is asked of members; any, where there are none
    format TEXT NOT NULL,
    country TEXT,
    region TEXT,
    city TEXT,
    time_zone TEXT NOT NULL,
    availability {json} NOT NULL,                -- when it meets or could meet, local to time_zone
    meeting_minutes BIGINT NOT NULL,
    cadence_days BIGINT NOT NULL,
    consultation_format TEXT,
    min_size BIGINT NOT NULL,
    max_size BIGINT NOT NULL,
    quorum BIGINT NOT NULL,
    join_policy TEXT NOT NULL,
    join_questions {json} NOT NULL,
    visibility TEXT NOT NULL,
    organization_id {uuid} REFERENCES organization (id),
    status TEXT NOT NULL,                        -- as stored: dormant is derived from dormant_at
    paused_until {date},
    alive_at {timestamp},                        -- when it last showed life: published, activated, revived, met
    kept_until {timestamp},                      -- until when its members asked for patience
    dormant_at {timestamp},                      -- from when on it is dormant, unless it shows life before
    agreement_number BIGINT,                     -- of the agreement in force
    sort_name {text} NOT NULL,
    search_name {text} NOT NULL,
    search_text {text} NOT NULL,
    matching_key {text} NOT NULL,                -- what matching reads, packed into one column
    created_by {uuid} NOT NULL REFERENCES account (id),
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK (min_size >= 2 AND min_size <= max_size),
    CHECK (quorum >= 2 AND quorum <= max_size),
    CHECK ((status = 'paused') = (paused_until IS NOT NULL)),
    CHECK (status NOT IN ('forming', 'active', 'paused') OR (dormant_at IS NOT NULL AND agreement_number IS NOT NULL))
);
-- Lists ask for several statuses at once, which an index that begins with the status could not sort.
CREATE INDEX consultation_group_by_name ON consultation_group (sort_name, id);
CREATE INDEX consultation_group_by_creation ON consultation_group (created_at, id);
CREATE INDEX consultation_group_by_organization ON consultation_group (organization_id);
CREATE INDEX consultation_group_by_creator ON consultation_group (created_by);

-- One row for each word of a group that lists filter by.
CREATE TABLE consultation_group_facet (
    facet {text} NOT NULL,
    value {text} NOT NULL,
    consultation_group_id {uuid} NOT NULL REFERENCES consultation_group (id) ON DELETE CASCADE,
    PRIMARY KEY (consultation_group_id, facet, value)
);
CREATE INDEX consultation_group_facet_by_value ON consultation_group_facet (facet, value, consultation_group_id);

-- Agreements --------------------------------------------------------------------------------------------------------

-- A draft has no number; a published one never changes.
CREATE TABLE agreement (
    id {uuid} PRIMARY KEY,
    consultation_group_id {uuid} NOT NULL REFERENCES consultation_group (id) ON DELETE CASCADE,
    number BIGINT,
    clauses {json} NOT NULL,
    material BOOLEAN NOT NULL,
    effective_from {date},
    sha256 {text},                               -- hexadecimal, over the canonical JSON (RFC 8785)
    created_by {uuid} NOT NULL REFERENCES account (id),
    published_by {uuid} REFERENCES account (id),
    published_at {timestamp},
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK ((number IS NULL) = (published_at IS NULL)),
    CHECK ((number IS NULL) = (sha256 IS NULL)),
    CHECK ((number IS NULL) = (effective_from IS NULL))
);
CREATE UNIQUE INDEX agreement_number ON agreement (consultation_group_id, number);
CREATE INDEX agreement_by_group ON agreement (consultation_group_id, created_at, id);

-- Append-only.
CREATE TABLE agreement_signature (
    id {uuid} PRIMARY KEY,
    agreement_id {uuid} NOT NULL REFERENCES agreement (id) ON DELETE CASCADE,
    membership_id {uuid} NOT NULL REFERENCES membership (id) ON DELETE CASCADE,
    account_id {uuid} NOT NULL REFERENCES account (id),
    typed_name TEXT NOT NULL,
    sha256 {text} NOT NULL,
    signed_at {timestamp} NOT NULL
);
CREATE UNIQUE INDEX agreement_signature_once ON agreement_signature (agreement_id, membership_id);
CREATE INDEX agreement_signature_by_time ON agreement_signature (agreement_id, signed_at, id);
CREATE INDEX agreement_signature_by_account ON agreement_signature (account_id, signed_at, id);

-- Seats: a membership of a consultation group -----------------------------------------------------------------------

ALTER TABLE membership ADD COLUMN consultation_group_id {uuid} REFERENCES consultation_group (id) ON DELETE CASCADE
    CHECK ((kind = 'consultation_group') = (consultation_group_id IS NOT NULL));
ALTER TABLE membership ADD COLUMN answers {json};                     -- to the questions that the group asks
ALTER TABLE membership ADD COLUMN waitlisted_at {timestamp};
ALTER TABLE membership ADD COLUMN agreement_version_signed BIGINT;
ALTER TABLE membership ADD COLUMN signature_due_at {timestamp};       -- until when a version that is not signed has to be
CREATE UNIQUE INDEX membership_open_once_in_group ON membership (account_id, consultation_group_id) WHERE status <> 'ended';
CREATE INDEX membership_by_group ON membership (consultation_group_id, requested_at, id);
CREATE INDEX membership_by_group_status ON membership (consultation_group_id, status, signature_due_at);

ALTER TABLE invitation ADD COLUMN consultation_group_id {uuid} REFERENCES consultation_group (id) ON DELETE CASCADE
    CHECK ((kind = 'consultation_group') = (consultation_group_id IS NOT NULL));
ALTER TABLE invitation ADD COLUMN reserve_seat BOOLEAN NOT NULL DEFAULT FALSE;
CREATE UNIQUE INDEX invitation_pending_once_in_group ON invitation (consultation_group_id, email_key) WHERE status = 'pending';
CREATE INDEX invitation_by_group ON invitation (consultation_group_id, created_at, id);

ALTER TABLE audit_event ADD COLUMN consultation_group_id {uuid};
CREATE INDEX audit_event_by_group ON audit_event (consultation_group_id, occurred_at, id);

-- Trust -------------------------------------------------------------------------------------------------------------

CREATE TABLE account_block (
    blocker_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    blocked_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created_at {timestamp} NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);
CREATE INDEX account_block_by_blocked ON account_block (blocked_id, blocker_id);
CREATE INDEX account_block_by_creation ON account_block (blocker_id, created_at, blocked_id);

CREATE TABLE report (
    id {uuid} PRIMARY KEY,
    reporter_id {uuid} NOT NULL REFERENCES account (id),
    subject_type TEXT NOT NULL,
    account_id {uuid} REFERENCES account (id),
    consultation_group_id {uuid} REFERENCES consultation_group (id) ON DELETE CASCADE,
    organization_id {uuid} REFERENCES organization (id) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL,
    closed_at {timestamp},
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK ((subject_type = 'account') = (account_id IS NOT NULL)),
    CHECK ((subject_type = 'consultation_group') = (consultation_group_id IS NOT NULL)),
    CHECK ((subject_type = 'organization') = (organization_id IS NOT NULL)),
    CHECK ((status IN ('resolved', 'dismissed')) = (closed_at IS NOT NULL))
);
CREATE UNIQUE INDEX report_undecided_once
    ON report (reporter_id, (COALESCE(account_id, consultation_group_id, organization_id)), reason)
    WHERE status IN ('open', 'in_review');
CREATE INDEX report_by_reporter ON report (reporter_id, created_at, id);
CREATE INDEX report_by_status ON report (status, created_at, id);
CREATE INDEX report_by_creation ON report (created_at, id);
CREATE INDEX report_by_account ON report (account_id, created_at, id);
CREATE INDEX report_by_group ON report (consultation_group_id, created_at, id);
CREATE INDEX report_by_organization ON report (organization_id, created_at, id);

-- Append-only: what moderators decided, and why.
CREATE TABLE report_decision (
    id {uuid} PRIMARY KEY,
    report_id {uuid} NOT NULL REFERENCES report (id) ON DELETE CASCADE,
    decided_by {uuid} NOT NULL REFERENCES account (id),
    status TEXT NOT NULL,
    note TEXT,
    decided_at {timestamp} NOT NULL
);
CREATE INDEX report_decision_by_report ON report_decision (report_id, decided_at, id);
