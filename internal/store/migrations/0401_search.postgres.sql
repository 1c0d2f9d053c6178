CREATE TABLE search (
  id BIGINT PRIMARY KEY,
  words TSVECTOR NOT NULL
);
CREATE INDEX search_words ON search USING GIN (words);
