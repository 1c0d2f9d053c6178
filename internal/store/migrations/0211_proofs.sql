-- When the session last proved who uses it, by password or second factor.
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;

-- Codes that stand in for the app of the second factor, each once. Only their
-- hashes are here: a code has 120 bits, so that none can be guessed from its hash.
CREATE TABLE recovery_codes (
  user_id BIGINT NOT NULL REFERENCES users(id),
  code_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  PRIMARY KEY (user_id, code_hash)
) {{strict}};
