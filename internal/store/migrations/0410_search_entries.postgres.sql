DROP TABLE search;
-- The words are made by this program, so that both engines have the same.
CREATE TABLE search (
  id BIGINT PRIMARY KEY,
  words TSVECTOR NOT NULL
);
CREATE INDEX search_words ON search USING GIN (words);
-- The words of letters in the index, to complete what is typed and to find
-- what was meant.
CREATE TABLE search_terms (term TEXT COLLATE "C" PRIMARY KEY);
-- Asks for the entries of the records that are there (reindexAsked).
INSERT INTO counters (name, next) VALUES ('reindex', 1);
