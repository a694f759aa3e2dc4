-- Who waits to present, of a group and of a membership. The status is asked for with a parameter, which tells neither
-- database that an index with a condition would do.
DROP INDEX presenter_request_by_group;
CREATE INDEX presenter_request_by_group ON presenter_request (consultation_group_id, status, asked_at, id);
CREATE INDEX presenter_request_by_membership ON presenter_request (membership_id, status);
