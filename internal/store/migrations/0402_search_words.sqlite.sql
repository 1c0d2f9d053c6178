CREATE VIRTUAL TABLE search_words USING fts5vocab(search, instance);
