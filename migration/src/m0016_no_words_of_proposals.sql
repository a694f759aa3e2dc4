-- The words of a proposal are taken apart when it is published, not before: few search among proposals, and those who do
-- look at each that they may see.
{postgres}ALTER TABLE organization DROP COLUMN search_vector;
{postgres}ALTER TABLE organization ADD COLUMN search_vector tsvector GENERATED ALWAYS AS (CASE WHEN status <> 'proposed' THEN
{postgres}    setweight(to_tsvector('simple', search_name), 'A') || setweight(to_tsvector('simple', search_text), 'B') END) STORED;
{postgres}CREATE INDEX organization_search ON organization USING gin (search_vector) WHERE status <> 'proposed';
{sqlite}DROP TRIGGER organization_search_insert;
{sqlite}CREATE TRIGGER organization_search_insert AFTER INSERT ON organization WHEN new.status <> 'proposed' BEGIN
{sqlite}    INSERT INTO organization_search_row (id) VALUES (new.id);
{sqlite}    INSERT INTO organization_search (rowid, search_name, search_text)
{sqlite}        SELECT row_number, new.search_name, new.search_text FROM organization_search_row WHERE id = new.id;
{sqlite}END;
{sqlite}DROP TRIGGER organization_search_update;
{sqlite}CREATE TRIGGER organization_search_update AFTER UPDATE OF search_name, search_text, status ON organization
{sqlite}WHEN new.search_name <> old.search_name OR new.search_text <> old.search_text OR new.status <> old.status BEGIN
{sqlite}    DELETE FROM organization_search WHERE rowid = (SELECT row_number FROM organization_search_row WHERE id = old.id);
{sqlite}    DELETE FROM organization_search_row WHERE id = old.id;
{sqlite}    INSERT INTO organization_search_row (id) SELECT new.id WHERE new.status <> 'proposed';
{sqlite}    INSERT INTO organization_search (rowid, search_name, search_text)
{sqlite}        SELECT row_number, new.search_name, new.search_text FROM organization_search_row WHERE id = new.id;
{sqlite}END;
{sqlite}DELETE FROM organization_search WHERE rowid IN (SELECT r.row_number FROM organization_search_row r
{sqlite}    JOIN organization o ON o.id = r.id WHERE o.status = 'proposed');
{sqlite}DELETE FROM organization_search_row WHERE id IN (SELECT id FROM organization WHERE status = 'proposed');
