-- What an operation is called, and why it failed, as a text with its arguments,
-- so that everybody reads it in their language: JSON, empty where the English
-- beside it has no arguments, as that of all operations of before.
ALTER TABLE operations ADD COLUMN title_phrase TEXT NOT NULL DEFAULT '';
ALTER TABLE operations ADD COLUMN error_phrase TEXT NOT NULL DEFAULT '';
