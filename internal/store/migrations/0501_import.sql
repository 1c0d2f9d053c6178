-- What each chunk of an import did: ids created, fields before and after, rows refused.
CREATE TABLE import_chunks (
  operation_id BIGINT NOT NULL REFERENCES operations(id),
  first_row BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (operation_id, first_row)
) {{strict}};
