CREATE VIRTUAL TABLE search USING fts5(name, body, scope, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
