-- What most rows have not is left out of its index: nobody looks for null, and a row less is to be put in.
DROP INDEX organization_by_parent;
CREATE INDEX organization_by_parent ON organization (parent_id) WHERE parent_id IS NOT NULL;
DROP INDEX audit_event_by_organization;
CREATE INDEX audit_event_by_organization ON audit_event (organization_id, occurred_at, id)
    WHERE organization_id IS NOT NULL;
DROP INDEX audit_event_by_group;
CREATE INDEX audit_event_by_group ON audit_event (consultation_group_id, occurred_at, id)
    WHERE consultation_group_id IS NOT NULL;
DROP INDEX audit_event_by_account;
CREATE INDEX audit_event_by_account ON audit_event (account_id, occurred_at, id) WHERE account_id IS NOT NULL;
