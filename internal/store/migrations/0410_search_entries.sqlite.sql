DROP TABLE search_words;
DROP TABLE search;
-- The words are made by this program, so that both engines have the same; no
-- positions, no copy of the text: a third of the size.
CREATE VIRTUAL TABLE search USING fts5(words, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '=^@#%.'");
CREATE VIRTUAL TABLE search_words USING fts5vocab(search, instance);
-- The words of letters in the index, to complete what is typed and to find
-- what was meant.
CREATE TABLE search_terms (term TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
-- Asks for the entries of the records that are there (reindexAsked).
INSERT INTO counters (name, next) VALUES ('reindex', 1);
