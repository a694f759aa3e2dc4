-- What the directory is walked by holds the published organizations only: a proposal, which few look for, is put into two
-- narrow indexes instead of three wide ones. Hardly anybody wants those by their members, so that they are sorted.
DROP INDEX organization_by_name;
DROP INDEX organization_by_member_count;
DROP INDEX organization_by_creation;
CREATE INDEX organization_by_name ON organization
    (sort_name, id, kind, country, region, visibility, accepts_memberships, version, member_count)
    WHERE status = 'published';
CREATE INDEX organization_by_member_count ON organization
    (member_count, id, kind, country, region, visibility, accepts_memberships, version)
    WHERE status = 'published';
CREATE INDEX organization_by_creation ON organization
    (created_at, id, kind, country, region, visibility, accepts_memberships, version, member_count)
    WHERE status = 'published';
CREATE INDEX organization_unpublished_by_name ON organization (status, sort_name, id) WHERE status <> 'published';
CREATE INDEX organization_unpublished_by_creation ON organization (status, created_at, id) WHERE status <> 'published';
