-- What somebody plans is theirs alone: rows hold whose it is and when it was made; all else is sealed with the data key
-- of the account.
CREATE TABLE support_action (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    content {bytes} NOT NULL,                    -- sealed
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL
);
CREATE INDEX support_action_by_creation ON support_action (account_id, created_at, id);

CREATE TABLE support_action_entry (
    id {uuid} PRIMARY KEY,
    action_id {uuid} NOT NULL REFERENCES support_action (id) ON DELETE CASCADE,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    content {bytes} NOT NULL,                    -- sealed
    created_at {timestamp} NOT NULL
);
CREATE INDEX support_action_entry_by_creation ON support_action_entry (action_id, created_at, id);
CREATE INDEX support_action_entry_by_account ON support_action_entry (account_id);

CREATE TABLE support_tie (
    id {uuid} PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    content {bytes} NOT NULL,                    -- sealed
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL
);
CREATE INDEX support_tie_by_creation ON support_tie (account_id, created_at, id);
