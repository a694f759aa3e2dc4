-- When a group meets, by the wall clock. Meetings are derived from it; a single one is a series of one.
CREATE TABLE meeting_series (
    id {uuid} PRIMARY KEY,
    consultation_group_id {uuid} NOT NULL REFERENCES consultation_group (id) ON DELETE CASCADE,
    meeting_key BIGINT NOT NULL UNIQUE,          -- the last 62 bits of its id, which the ids of its meetings end with
    recurring BOOLEAN NOT NULL,
    title TEXT,
    rules {json} NOT NULL,                       -- one after the other, so that a change leaves the past alone
    exdates {json} NOT NULL,                     -- original local starts that are left out
    starts_at {timestamp} NOT NULL,              -- none of its meetings begins before
    ends_at {timestamp},                         -- none of its meetings ends after; none, where it goes on
    created_by {uuid} NOT NULL REFERENCES account (id),
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL
);
CREATE INDEX meeting_series_by_group ON meeting_series (consultation_group_id, starts_at, id);
CREATE INDEX meeting_series_by_creator ON meeting_series (created_by);

-- A meeting of which more is known than its series says.
CREATE TABLE meeting (
    id {uuid} PRIMARY KEY,
    series_id {uuid} NOT NULL REFERENCES meeting_series (id) ON DELETE CASCADE,
    consultation_group_id {uuid} NOT NULL REFERENCES consultation_group (id) ON DELETE CASCADE,
    original_start TEXT NOT NULL,                -- wall clock, as its series says; it stays when the meeting is moved
    starts_at {timestamp} NOT NULL,
    ends_at {timestamp} NOT NULL,
    moved_to TEXT,                               -- wall clock
    duration_minutes BIGINT,
    place TEXT,
    join_url TEXT,
    status TEXT NOT NULL,                        -- as stored: confirmed, at_risk and unrecorded are derived
    cancel_reason TEXT,
    cancelled_at {timestamp},
    started_at {timestamp},
    closed_at {timestamp},
    expected_count BIGINT,                       -- of its record, once it was held
    present_count BIGINT,
    sequence BIGINT NOT NULL,                    -- rises when its time, its place or its status changes (RFC 5545)
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    CHECK ((status = 'held') = (closed_at IS NOT NULL))
);
CREATE UNIQUE INDEX meeting_once ON meeting (series_id, original_start);
CREATE INDEX meeting_by_group ON meeting (consultation_group_id, starts_at, id);
CREATE INDEX meeting_moved ON meeting (series_id, starts_at) WHERE moved_to IS NOT NULL;

-- Who said they would come. An answer holds for the time that it was given for.
CREATE TABLE meeting_answer (
    meeting_id {uuid} NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    membership_id {uuid} NOT NULL REFERENCES membership (id) ON DELETE CASCADE,
    answer TEXT NOT NULL,
    note TEXT,                                   -- for those who lead the meeting
    answered_for {timestamp} NOT NULL,
    answered_at {timestamp} NOT NULL,
    PRIMARY KEY (meeting_id, account_id)
);
CREATE INDEX meeting_answer_by_account ON meeting_answer (account_id, meeting_id);
CREATE INDEX meeting_answer_by_membership ON meeting_answer (membership_id);

-- Which other time would suit the members of a group better.
CREATE TABLE slot_poll (
    id {uuid} PRIMARY KEY,
    consultation_group_id {uuid} NOT NULL REFERENCES consultation_group (id) ON DELETE CASCADE,
    series_id {uuid} NOT NULL REFERENCES meeting_series (id) ON DELETE CASCADE,
    time_zone TEXT NOT NULL,
    options {json} NOT NULL,                     -- starts by the wall clock
    status TEXT NOT NULL,                        -- as stored: closed is derived from closes_at
    closes_at {timestamp} NOT NULL,
    chosen TEXT,                                 -- one of the options
    created_by {uuid} NOT NULL REFERENCES account (id),
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK ((status = 'chosen') = (chosen IS NOT NULL))
);
CREATE UNIQUE INDEX slot_poll_open_once ON slot_poll (series_id) WHERE status = 'open';
CREATE INDEX slot_poll_by_group ON slot_poll (consultation_group_id, created_at, id);
CREATE INDEX slot_poll_by_series ON slot_poll (series_id);
CREATE INDEX slot_poll_by_creator ON slot_poll (created_by);

CREATE TABLE slot_poll_answer (
    slot_poll_id {uuid} NOT NULL REFERENCES slot_poll (id) ON DELETE CASCADE,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    membership_id {uuid} NOT NULL REFERENCES membership (id) ON DELETE CASCADE,
    fits {json} NOT NULL,                        -- how each option suits
    answered_at {timestamp} NOT NULL,
    PRIMARY KEY (slot_poll_id, account_id)
);
CREATE INDEX slot_poll_answer_by_account ON slot_poll_answer (account_id);
CREATE INDEX slot_poll_answer_by_membership ON slot_poll_answer (membership_id);
