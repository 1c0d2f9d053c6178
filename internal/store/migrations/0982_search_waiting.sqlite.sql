-- Entries wait here until there are some to be indexed together (search_waiting.go).
CREATE TABLE search_waiting (
  id INTEGER PRIMARY KEY,
  words TEXT NOT NULL,
  terms TEXT NOT NULL
) STRICT;
