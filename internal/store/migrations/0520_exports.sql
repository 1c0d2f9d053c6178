-- Files of records that people asked for. The id is that of the operation that makes
-- the file; the passphrase is kept, sealed, while it does.
CREATE TABLE exports (
  id BIGINT PRIMARY KEY REFERENCES operations(id),
  user_id BIGINT NOT NULL,
  binder_id BIGINT REFERENCES binders(id),
  logs BOOLEAN NOT NULL,
  secrets BOOLEAN NOT NULL,
  locked BOOLEAN NOT NULL,
  passphrase_sealed BYTEA,
  size BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL
) {{strict}};
CREATE INDEX exports_by_user ON exports (user_id, id);
CREATE INDEX exports_by_end ON exports (ends_at);
CREATE INDEX exports_by_binder ON exports (binder_id);

-- The pieces that the file is, one after the other. entries says which files a piece
-- holds, for the directory at the end.
CREATE TABLE export_parts (
  export_id BIGINT NOT NULL REFERENCES exports(id) ON DELETE CASCADE,
  part BIGINT NOT NULL,
  hash TEXT NOT NULL,
  size BIGINT NOT NULL,
  entries TEXT NOT NULL,
  PRIMARY KEY (export_id, part)
) {{strict}};
CREATE INDEX export_parts_hash ON export_parts (hash);
