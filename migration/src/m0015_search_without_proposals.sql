-- Each word of a proposal, which few look for, was put into the full-text index: a sixth of what it costs to store one.
-- Those who search the proposals look at each that they may see. SQLite keeps all in the index that its triggers fill.
{postgres}DROP INDEX organization_search;
{postgres}CREATE INDEX organization_search ON organization USING gin (search_vector) WHERE status <> 'proposed';
