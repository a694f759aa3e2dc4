-- Who leads and who presents, where it was agreed, or has come to pass. Until then the rotation says it.
CREATE TABLE meeting_role (
    meeting_id {uuid} NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
    membership_id {uuid} NOT NULL REFERENCES membership (id) ON DELETE CASCADE,
    account_id {uuid} NOT NULL REFERENCES account (id),
    role TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at {timestamp} NOT NULL,
    PRIMARY KEY (meeting_id, membership_id)
);
CREATE UNIQUE INDEX meeting_role_facilitator ON meeting_role (meeting_id) WHERE role = 'facilitator';
CREATE INDEX meeting_role_by_membership ON meeting_role (membership_id);
CREATE INDEX meeting_role_by_account ON meeting_role (account_id);

-- Meetings that have begun, whose roles are facts from then on.
CREATE TABLE role_freeze (
    meeting_id {uuid} PRIMARY KEY REFERENCES meeting (id) ON DELETE CASCADE,
    frozen_at {timestamp} NOT NULL
);

-- Who wishes to present. It says nothing of what.
CREATE TABLE presenter_request (
    id {uuid} PRIMARY KEY,
    consultation_group_id {uuid} NOT NULL REFERENCES consultation_group (id) ON DELETE CASCADE,
    membership_id {uuid} NOT NULL REFERENCES membership (id) ON DELETE CASCADE,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    urgent BOOLEAN NOT NULL,
    status TEXT NOT NULL,                        -- as stored: scheduled is derived, and presented from its meeting
    meeting_id {uuid} REFERENCES meeting (id) ON DELETE SET NULL, -- at which its turn came, once that has begun
    asked_at {timestamp} NOT NULL,
    closed_at {timestamp},
    version BIGINT NOT NULL,
    CHECK ((status = 'waiting') = (closed_at IS NULL))
);
CREATE UNIQUE INDEX presenter_request_open ON presenter_request (membership_id) WHERE status = 'waiting';
CREATE INDEX presenter_request_by_group ON presenter_request (consultation_group_id) WHERE status = 'waiting';
CREATE INDEX presenter_request_by_account ON presenter_request (account_id, consultation_group_id, asked_at);
CREATE INDEX presenter_request_by_meeting ON presenter_request (meeting_id);

-- A role that somebody asks somebody else to take, perhaps in exchange for theirs.
CREATE TABLE role_swap (
    id {uuid} PRIMARY KEY,
    consultation_group_id {uuid} NOT NULL REFERENCES consultation_group (id) ON DELETE CASCADE,
    meeting_id {uuid} NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    from_membership_id {uuid} NOT NULL REFERENCES membership (id) ON DELETE CASCADE,
    from_account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    with_membership_id {uuid} NOT NULL REFERENCES membership (id) ON DELETE CASCADE,
    with_account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    exchange_meeting_id {uuid} REFERENCES meeting (id) ON DELETE CASCADE,
    status TEXT NOT NULL,                        -- as stored: that it has lapsed is derived
    asked_at {timestamp} NOT NULL,
    answered_at {timestamp},
    version BIGINT NOT NULL,
    CHECK ((status = 'asked') = (answered_at IS NULL))
);
CREATE UNIQUE INDEX role_swap_asked ON role_swap (meeting_id, role, from_membership_id, with_membership_id)
    WHERE status = 'asked';
CREATE INDEX role_swap_by_meeting ON role_swap (meeting_id, asked_at, id);
CREATE INDEX role_swap_by_exchange ON role_swap (exchange_meeting_id) WHERE exchange_meeting_id IS NOT NULL;
CREATE INDEX role_swap_by_asker ON role_swap (from_account_id, asked_at, id);
CREATE INDEX role_swap_by_asked ON role_swap (with_account_id, asked_at, id);
CREATE INDEX role_swap_by_group ON role_swap (consultation_group_id);
