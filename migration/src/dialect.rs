//! What SQLite and PostgreSQL spell differently.

use sea_orm_migration::sea_orm::DbBackend;

/// Placeholder, SQLite, PostgreSQL. Text that is sorted or paged compares by bytes on both. A line that is for one of
/// them alone is a comment to the other.
const TYPES: [(&str, &str, &str); 8] = [
    ("{sqlite}", "", "-- "),
    ("{postgres}", "-- ", ""),
    ("{uuid}", "BLOB", "UUID"),
    ("{bytes}", "BLOB", "BYTEA"),
    ("{timestamp}", "TEXT", "TIMESTAMPTZ"),
    ("{date}", "TEXT", "DATE"),
    ("{json}", "TEXT", "JSONB"),
    ("{text}", "TEXT", "TEXT COLLATE \"C\""),
];

/// The script with its placeholders replaced for `backend`.
pub fn fill_in(script: &str, backend: DbBackend) -> String {
    TYPES.iter().fold(script.to_owned(), |script, (placeholder, sqlite, postgres)| {
        script.replace(placeholder, if backend == DbBackend::Sqlite { sqlite } else { postgres })
    })
}

/// A contentless FTS5 index, kept by triggers. Its row numbers come from a table of their own, because the implicit row
/// numbers of a table without an integer key change when the file is vacuumed or backed up.
pub const SQLITE_FULL_TEXT: &str = "
CREATE TABLE {table}_search_row (row_number INTEGER PRIMARY KEY AUTOINCREMENT, {key} BLOB NOT NULL UNIQUE);
CREATE VIRTUAL TABLE {table}_search USING fts5(
    search_name, search_text, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3');
CREATE TRIGGER {table}_search_insert AFTER INSERT ON {table} BEGIN
    INSERT INTO {table}_search_row ({key}) VALUES (new.{key});
    INSERT INTO {table}_search (rowid, search_name, search_text)
        SELECT row_number, new.search_name, new.search_text FROM {table}_search_row WHERE {key} = new.{key};
END;
CREATE TRIGGER {table}_search_update AFTER UPDATE OF search_name, search_text ON {table}
WHEN new.search_name <> old.search_name OR new.search_text <> old.search_text BEGIN
    DELETE FROM {table}_search WHERE rowid = (SELECT row_number FROM {table}_search_row WHERE {key} = old.{key});
    INSERT INTO {table}_search (rowid, search_name, search_text)
        SELECT row_number, new.search_name, new.search_text FROM {table}_search_row WHERE {key} = new.{key};
END;
CREATE TRIGGER {table}_search_delete AFTER DELETE ON {table} BEGIN
    DELETE FROM {table}_search WHERE rowid = (SELECT row_number FROM {table}_search_row WHERE {key} = old.{key});
    DELETE FROM {table}_search_row WHERE {key} = old.{key};
END;
";

/// A generated vector: words of the name weigh A, other words B.
pub const POSTGRES_FULL_TEXT: &str = "
ALTER TABLE {table} ADD COLUMN search_vector tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', search_name), 'A') || setweight(to_tsvector('simple', search_text), 'B')) STORED;
CREATE INDEX {table}_search ON {table} USING gin (search_vector);
";
