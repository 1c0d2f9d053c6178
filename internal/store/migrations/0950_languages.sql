-- The language that somebody reads the pages in: a tag such as "de"; empty for
-- whatever their browser asks for.
ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT '';
