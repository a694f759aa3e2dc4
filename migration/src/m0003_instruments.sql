-- Instruments themselves are files; what a publisher lets somebody use here is a row for each language.
CREATE TABLE instrument_wording (
    id {uuid} PRIMARY KEY,
    instrument_key {text} NOT NULL,
    instrument_version {text} NOT NULL,          -- items of another version may ask something else
    language {text} NOT NULL,                    -- BCP 47, spelt as it recommends
    title TEXT,
    items {json} NOT NULL,
    permission TEXT NOT NULL,                    -- who permits the use
    imported_by {uuid} NOT NULL REFERENCES account (id),
    version BIGINT NOT NULL,
    created_at {timestamp} NOT NULL,
    updated_at {timestamp} NOT NULL
);
CREATE UNIQUE INDEX instrument_wording_once ON instrument_wording (instrument_key, instrument_version, language);
CREATE INDEX instrument_wording_by_importer ON instrument_wording (imported_by);
