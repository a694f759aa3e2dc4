-- What organizations hold. Wall-clock time and zone are what somebody wrote; the instants are derived from them, to sort
-- and to compare by.
CREATE TABLE event (
    id {uuid} PRIMARY KEY,
    organization_id {uuid} NOT NULL REFERENCES organization (id),
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    starts_local TEXT NOT NULL,                  -- YYYY-MM-DDTHH:MM, by the clocks of time_zone
    ends_local TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    starts_at {timestamp} NOT NULL,
    ends_at {timestamp} NOT NULL,
    format TEXT NOT NULL,
    place TEXT,
    url TEXT,
    capacity BIGINT,                             -- as many as come, where there is none
    waitlist BOOLEAN NOT NULL,
    ce_quarters BIGINT,                          -- continuing education, in quarter hours
    registration_closes_at {timestamp},          -- the start, where there is none
    visibility TEXT NOT NULL,
    status TEXT NOT NULL,
    cancel_reason TEXT,
    cancelled_at {timestamp},
    registered_count BIGINT NOT NULL,            -- changed with the registrations in one transaction
    waitlisted_count BIGINT NOT NULL,
    next_number BIGINT NOT NULL,                 -- that the next registration gets
    sequence BIGINT NOT NULL,                    -- raised when time, place or status change
    sort_name {text} NOT NULL,
    search_name {text} NOT NULL,
    search_text {text} NOT NULL,
    created_by {uuid} NOT NULL REFERENCES account (id),
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK (starts_at < ends_at),
    CHECK (capacity IS NULL OR (capacity >= 1 AND registered_count <= capacity)),
    CHECK (registered_count >= 0 AND waitlisted_count >= 0),
    CHECK (ce_quarters IS NULL OR (ce_quarters >= 0 AND ce_quarters <= 400)),
    CHECK ((status = 'cancelled') = (cancel_reason IS NOT NULL)),
    CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL))
);
CREATE INDEX event_by_start ON event (starts_at, id);
CREATE INDEX event_by_creation ON event (created_at, id);
CREATE INDEX event_by_organization ON event (organization_id, starts_at, id);
CREATE INDEX event_by_creator ON event (created_by);

-- One row for each person and event, whatever became of it. Whoever registers again gets a new number.
CREATE TABLE event_registration (
    event_id {uuid} NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,                      -- the order in which people registered, and wait
    status TEXT NOT NULL,
    registered_at {timestamp} NOT NULL,
    cancelled_at {timestamp},
    version BIGINT NOT NULL,
    PRIMARY KEY (event_id, account_id),
    CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL))
);
CREATE UNIQUE INDEX event_registration_in_order ON event_registration (event_id, number);
CREATE INDEX event_registration_by_status ON event_registration (event_id, status, number);
CREATE INDEX event_registration_by_account ON event_registration (account_id, event_id);
