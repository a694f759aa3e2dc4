-- Calendars that somebody's apps fetch by a secret address, and what reminds them of meetings.
CREATE TABLE calendar_feed (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    token_hash {bytes} NOT NULL UNIQUE,          -- SHA-256
    label TEXT NOT NULL,
    consultation_group_id {uuid} REFERENCES consultation_group (id) ON DELETE CASCADE, -- every group, where there is none
    membership_id {uuid} REFERENCES membership (id) ON DELETE CASCADE, -- the seat that it ends with
    show_names BOOLEAN NOT NULL,
    last_fetched_on {date},
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK ((consultation_group_id IS NULL) = (membership_id IS NULL))
);
CREATE INDEX calendar_feed_by_account ON calendar_feed (account_id, created_at, id);
CREATE INDEX calendar_feed_by_group ON calendar_feed (consultation_group_id);
CREATE INDEX calendar_feed_by_membership ON calendar_feed (membership_id);

-- How somebody wishes to be reminded. Those who never said have no row.
CREATE TABLE reminder_settings (
    account_id {uuid} PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    mail BOOLEAN NOT NULL,
    lead_minutes BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL,
    CHECK (lead_minutes BETWEEN 15 AND 10080)
);

-- Whom a mail reminded of what, so that none is sent twice. What was moved reminds again, for its new time.
CREATE TABLE reminder_sent (
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    subject_id {uuid} NOT NULL,
    starts_at {timestamp} NOT NULL,
    sent_at {timestamp} NOT NULL,
    PRIMARY KEY (account_id, subject_id, starts_at)
);
CREATE INDEX reminder_sent_by_subject ON reminder_sent (subject_id);
CREATE INDEX reminder_sent_by_start ON reminder_sent (starts_at);
