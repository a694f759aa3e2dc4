-- What a list of organizations filters by, and what tells whether one was changed, stand in the index that it walks: a
-- page needs no row.
DROP INDEX organization_by_name;
DROP INDEX organization_by_member_count;
DROP INDEX organization_by_creation;
CREATE INDEX organization_by_name ON organization
    (status, sort_name, id, kind, country, region, visibility, accepts_memberships, version, member_count);
CREATE INDEX organization_by_member_count ON organization
    (status, member_count, id, kind, country, region, visibility, accepts_memberships, version);
CREATE INDEX organization_by_creation ON organization
    (status, created_at, id, kind, country, region, visibility, accepts_memberships, version, member_count);
