-- Who came to a meeting, and for how long.
CREATE TABLE meeting_attendance (
    meeting_id {uuid} NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    membership_id {uuid} NOT NULL REFERENCES membership (id) ON DELETE CASCADE,
    consultation_group_id {uuid} NOT NULL REFERENCES consultation_group (id) ON DELETE CASCADE,
    status TEXT NOT NULL,
    minutes BIGINT NOT NULL,                     -- there at all
    recused_minutes BIGINT NOT NULL,             -- of these, outside while somebody presented
    presenting_minutes BIGINT NOT NULL,          -- of these, presenting
    recorded_by {uuid} NOT NULL REFERENCES account (id),
    recorded_at {timestamp} NOT NULL,
    disputed_at {timestamp},
    dispute_note TEXT,
    settled_at {timestamp},
    version BIGINT NOT NULL,
    PRIMARY KEY (meeting_id, account_id),
    CHECK ((status IN ('excused', 'absent')) = (minutes = 0)),
    CHECK (recused_minutes >= 0 AND presenting_minutes >= 0 AND recused_minutes + presenting_minutes <= minutes)
);
CREATE INDEX meeting_attendance_by_account ON meeting_attendance (account_id, meeting_id);
CREATE INDEX meeting_attendance_by_membership ON meeting_attendance (membership_id, meeting_id);
CREATE INDEX meeting_attendance_by_group ON meeting_attendance (consultation_group_id);
CREATE INDEX meeting_attendance_by_recorder ON meeting_attendance (recorded_by);

-- What was recorded, changed, disputed and settled. Append-only.
CREATE TABLE meeting_attendance_change (
    id {uuid} PRIMARY KEY,
    meeting_id {uuid} NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    membership_id {uuid} NOT NULL REFERENCES membership (id) ON DELETE CASCADE,
    consultation_group_id {uuid} NOT NULL REFERENCES consultation_group (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    before {json},                               -- none with the first record
    after {json} NOT NULL,
    reason TEXT,
    changed_by {uuid} NOT NULL REFERENCES account (id),
    changed_at {timestamp} NOT NULL
);
CREATE INDEX meeting_attendance_change_by_meeting ON meeting_attendance_change (meeting_id, changed_at, id);
CREATE INDEX meeting_attendance_change_by_account ON meeting_attendance_change (account_id, meeting_id);
CREATE INDEX meeting_attendance_change_by_membership ON meeting_attendance_change (membership_id);
CREATE INDEX meeting_attendance_change_by_group ON meeting_attendance_change (consultation_group_id);
CREATE INDEX meeting_attendance_change_by_changer ON meeting_attendance_change (changed_by);

-- What meetings that were held came to, for each who was there. Append-only: an amendment adds the difference.
CREATE TABLE hour_entry (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    consultation_group_id {uuid} NOT NULL REFERENCES consultation_group (id),
    meeting_id {uuid} NOT NULL,                  -- hours outlast what becomes of a plan
    occurred_on {date} NOT NULL,                 -- by the wall clock of the meeting
    starts_at {timestamp} NOT NULL,
    minutes BIGINT NOT NULL,                     -- present, less recused
    presenting_minutes BIGINT NOT NULL,
    recused_minutes BIGINT NOT NULL,
    kind TEXT NOT NULL,
    recorded_at {timestamp} NOT NULL
);
CREATE UNIQUE INDEX hour_entry_once ON hour_entry (account_id, meeting_id) WHERE kind = 'recorded';
CREATE INDEX hour_entry_by_start ON hour_entry (account_id, starts_at, id);
CREATE INDEX hour_entry_by_day ON hour_entry (account_id, consultation_group_id, occurred_on);
CREATE INDEX hour_entry_by_meeting ON hour_entry (meeting_id);
CREATE INDEX hour_entry_by_group ON hour_entry (consultation_group_id);

-- Proof of hours that anybody with its code can check. When its holder's account goes, the hash of the code and the
-- instants stay, and nothing else.
CREATE TABLE certificate (
    id {uuid} PRIMARY KEY,
    account_id {uuid} REFERENCES account (id),
    consultation_group_id {uuid} REFERENCES consultation_group (id),
    code_hash {bytes} NOT NULL UNIQUE,
    content {bytes},                             -- the code and the names on it, sealed with the key of the account
    from_on {date},
    to_on {date},
    meetings BIGINT,
    minutes BIGINT,
    presenting_minutes BIGINT,
    issued_at {timestamp} NOT NULL,
    revoked_at {timestamp},
    version BIGINT NOT NULL,
    CHECK ((account_id IS NULL) = (content IS NULL))
);
CREATE INDEX certificate_by_account ON certificate (account_id, issued_at, id);
CREATE INDEX certificate_by_group ON certificate (consultation_group_id);
