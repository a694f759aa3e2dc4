-- People ------------------------------------------------------------------------------------------------------------

CREATE TABLE account (
    id {uuid} PRIMARY KEY,
    email TEXT NOT NULL,
    email_key {text} UNIQUE,                     -- lower case; null once erased
    display_name TEXT NOT NULL,
    sort_name {text} NOT NULL,                   -- folded display name
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    password_hash TEXT,                          -- null once erased
    platform_role TEXT NOT NULL,
    email_verified_at {timestamp},
    suspended_at {timestamp},
    erased_at {timestamp},
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK ((erased_at IS NULL) = (email_key IS NOT NULL))
);

CREATE TABLE session (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    device_label TEXT,
    created_at {timestamp} NOT NULL,
    last_used_at {timestamp} NOT NULL,
    expires_at {timestamp} NOT NULL,
    ended_at {timestamp}
);
CREATE INDEX session_by_account ON session (account_id, created_at, id);

CREATE TABLE refresh_token (
    id {uuid} PRIMARY KEY,
    session_id {uuid} NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    token_hash {bytes} NOT NULL UNIQUE,
    created_at {timestamp} NOT NULL,
    used_at {timestamp}
);
CREATE INDEX refresh_token_by_session ON refresh_token (session_id);

CREATE TABLE one_time_token (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL,
    email_key {text} NOT NULL,                   -- the address that it was sent to
    token_hash {bytes} NOT NULL UNIQUE,
    created_at {timestamp} NOT NULL,
    expires_at {timestamp} NOT NULL,
    used_at {timestamp}
);
CREATE INDEX one_time_token_by_account ON one_time_token (account_id, purpose);

CREATE TABLE profile (
    account_id {uuid} PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    headline TEXT,
    about TEXT,
    pronouns TEXT,
    country TEXT,
    region TEXT,
    city TEXT,
    time_zone TEXT,
    languages {json} NOT NULL,
    npi TEXT,
    taxonomy_codes {json} NOT NULL,
    specialties {json} NOT NULL,
    modalities {json} NOT NULL,
    populations {json} NOT NULL,
    experience TEXT,
    formats {json} NOT NULL,
    availability {json} NOT NULL,
    open_to {json} NOT NULL,
    discoverable TEXT NOT NULL,
    sort_name {text} NOT NULL,
    search_name {text} NOT NULL,
    search_text {text} NOT NULL,
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL
);
CREATE INDEX profile_by_name ON profile (discoverable, sort_name, account_id);
CREATE INDEX profile_by_creation ON profile (discoverable, created_at, account_id);

-- One row for each word of a profile that the directory filters by.
CREATE TABLE profile_facet (
    facet {text} NOT NULL,
    value {text} NOT NULL,
    account_id {uuid} NOT NULL REFERENCES profile (account_id) ON DELETE CASCADE,
    PRIMARY KEY (account_id, facet, value)
);
CREATE INDEX profile_facet_by_value ON profile_facet (facet, value, account_id);

CREATE TABLE licence (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    family TEXT NOT NULL,
    title TEXT NOT NULL,
    jurisdiction TEXT NOT NULL,
    number_sealed {bytes},
    number_masked TEXT,
    expires_on {date},
    verified_at {timestamp}
);
CREATE INDEX licence_by_account ON licence (account_id, position);

-- Organizations -----------------------------------------------------------------------------------------------------

CREATE TABLE organization (
    id {uuid} PRIMARY KEY,
    name TEXT NOT NULL,
    short_name TEXT,
    slug {text} NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    description TEXT,
    website_url TEXT,
    country TEXT,
    region TEXT,
    parent_id {uuid} REFERENCES organization (id),
    disciplines {json} NOT NULL,
    offerings {json} NOT NULL,
    founded_year BIGINT,
    membership_categories {json} NOT NULL,
    facts {json} NOT NULL,                       -- where members were read, and when
    accepts_memberships BOOLEAN NOT NULL,
    join_policy TEXT NOT NULL,
    visibility TEXT NOT NULL,
    status TEXT NOT NULL,
    merged_into_id {uuid} REFERENCES organization (id),
    proposed_by {uuid} REFERENCES account (id),
    represented BOOLEAN NOT NULL,
    member_count BIGINT NOT NULL CHECK (member_count >= 0),
    sort_name {text} NOT NULL,
    search_name {text} NOT NULL,
    search_text {text} NOT NULL,
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK (parent_id IS NULL OR parent_id <> id),
    CHECK (merged_into_id IS NULL OR status = 'archived')
);
CREATE UNIQUE INDEX organization_name_per_country ON organization (sort_name, COALESCE(country, '')) WHERE status = 'published';
CREATE INDEX organization_by_name ON organization (status, sort_name, id);
CREATE INDEX organization_by_member_count ON organization (status, member_count, id);
CREATE INDEX organization_by_creation ON organization (status, created_at, id);
CREATE INDEX organization_by_parent ON organization (parent_id);
CREATE INDEX organization_by_proposer ON organization (proposed_by);

-- One row for each discipline and offering.
CREATE TABLE organization_facet (
    facet {text} NOT NULL,
    value {text} NOT NULL,
    organization_id {uuid} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    PRIMARY KEY (organization_id, facet, value)
);
CREATE INDEX organization_facet_by_value ON organization_facet (facet, value, organization_id);

CREATE TABLE membership_type (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    sort_name {text} NOT NULL,
    duration_unit TEXT NOT NULL,
    duration_count BIGINT,
    period TEXT NOT NULL,
    fixed_start TEXT,
    rollover TEXT,
    grace_days BIGINT NOT NULL,
    new_days BIGINT NOT NULL,
    renewable BOOLEAN NOT NULL,
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK ((duration_unit = 'lifetime') = (duration_count IS NULL)),
    CHECK (period <> 'fixed' OR fixed_start IS NOT NULL)
);
CREATE UNIQUE INDEX membership_type_name ON membership_type (organization_id, sort_name);

-- Memberships and invitations ---------------------------------------------------------------------------------------

CREATE TABLE membership (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    organization_id {uuid} REFERENCES organization (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    end_reason TEXT,
    decided_by {uuid} REFERENCES account (id),
    decision_note TEXT,
    request_note TEXT,                           -- what the applicant said
    requested_at {timestamp} NOT NULL,
    joined_at {timestamp},
    ended_at {timestamp},
    leave_until {date},
    suspended_until {date},
    membership_type_id {uuid} REFERENCES membership_type (id),
    category TEXT,
    member_number TEXT,
    starts_on {date},
    ends_on {date},
    standing_override TEXT,
    standing_override_until {date},
    verification TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK (kind <> 'organization' OR organization_id IS NOT NULL),
    CHECK ((status = 'ended') = (ended_at IS NOT NULL)),
    CHECK ((status = 'ended') = (end_reason IS NOT NULL)),
    CHECK (starts_on IS NULL OR ends_on IS NULL OR ends_on >= starts_on)
);
CREATE UNIQUE INDEX membership_open_once ON membership (account_id, organization_id) WHERE status <> 'ended';
CREATE INDEX membership_by_account ON membership (account_id, requested_at, id);
CREATE INDEX membership_by_organization ON membership (organization_id, requested_at, id);
CREATE INDEX membership_by_organization_status ON membership (organization_id, status, role);
CREATE INDEX membership_by_type ON membership (membership_type_id);

CREATE TABLE invitation (
    id {uuid} PRIMARY KEY,
    kind TEXT NOT NULL,
    organization_id {uuid} REFERENCES organization (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    email_key {text} NOT NULL,
    role TEXT NOT NULL,
    message TEXT,
    token_hash {bytes} NOT NULL UNIQUE,
    status TEXT NOT NULL,
    invited_by {uuid} NOT NULL REFERENCES account (id),
    membership_id {uuid} REFERENCES membership (id) ON DELETE SET NULL,
    decided_at {timestamp},
    expires_at {timestamp} NOT NULL,
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK (kind <> 'organization' OR organization_id IS NOT NULL)
);
CREATE UNIQUE INDEX invitation_pending_once ON invitation (organization_id, email_key) WHERE status = 'pending';
CREATE INDEX invitation_by_organization ON invitation (organization_id, created_at, id);
CREATE INDEX invitation_by_email ON invitation (email_key, created_at, id);

-- The service itself ------------------------------------------------------------------------------------------------

-- Append-only. Each chain numbers its events and hashes each over the one before.
CREATE TABLE audit_event (
    id {uuid} PRIMARY KEY,
    chain {text} NOT NULL,
    sequence BIGINT NOT NULL,
    occurred_at {timestamp} NOT NULL,
    action TEXT NOT NULL,
    actor_id {uuid},                             -- null: the system
    subject_type TEXT NOT NULL,
    subject_id {uuid} NOT NULL,
    organization_id {uuid},
    account_id {uuid},                           -- whom it concerns
    reason_code TEXT,
    previous_hash {bytes} NOT NULL,
    hash {bytes} NOT NULL,
    UNIQUE (chain, sequence)
);
CREATE INDEX audit_event_by_organization ON audit_event (organization_id, occurred_at, id);
CREATE INDEX audit_event_by_account ON audit_event (account_id, occurred_at, id);
CREATE INDEX audit_event_by_actor ON audit_event (actor_id, occurred_at, id);
CREATE INDEX audit_event_by_time ON audit_event (occurred_at, id);

CREATE TABLE idempotency_record (
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    key {text} NOT NULL,
    request_hash {bytes} NOT NULL,
    status BIGINT NOT NULL,
    content_type TEXT,
    location TEXT,
    etag TEXT,
    body {bytes} NOT NULL,
    created_at {timestamp} NOT NULL,
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_record_by_creation ON idempotency_record (created_at);

-- Mail that waits to be sent. A row is gone once the mail is.
CREATE TABLE mail_outbox (
    id {uuid} PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_sealed {bytes} NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at {timestamp} NOT NULL,
    created_at {timestamp} NOT NULL
);
CREATE INDEX mail_outbox_due ON mail_outbox (next_attempt_at);

-- Keys that sign access tokens. Which one signs follows from signs_from.
CREATE TABLE signing_key (
    kid {text} PRIMARY KEY,
    private_key_sealed {bytes} NOT NULL,
    public_jwk TEXT NOT NULL,
    signs_from {timestamp} NOT NULL,
    created_at {timestamp} NOT NULL
);
