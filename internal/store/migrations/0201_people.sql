CREATE TABLE users (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key {{key}} NOT NULL DEFAULT '',
  email TEXT NOT NULL,
  email_key {{key}} NOT NULL UNIQUE,
  role TEXT NOT NULL CHECK (role IN ('administrator','manager','editor','creator','lite','read-only')),
  everywhere BOOLEAN NOT NULL DEFAULT FALSE,
  disabled BOOLEAN NOT NULL DEFAULT FALSE,
  password_hash TEXT NOT NULL DEFAULT '',
  totp_sealed BYTEA,
  totp_counter BIGINT NOT NULL DEFAULT 0,
  signed_in_at BIGINT,
  version BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CHECK (role <> 'administrator' OR everywhere = TRUE),
  CHECK (role <> 'lite' OR everywhere = FALSE)
) {{strict}};
CREATE INDEX users_name ON users (name_key, id);

CREATE TABLE groups (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key {{key}} NOT NULL,
  version BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
) {{strict}};
CREATE UNIQUE INDEX groups_name ON groups (name_key) WHERE deleted_at IS NULL;

CREATE TABLE group_members (
  group_id BIGINT NOT NULL REFERENCES groups(id),
  user_id BIGINT NOT NULL REFERENCES users(id),
  PRIMARY KEY (group_id, user_id)
) {{strict}};
CREATE INDEX group_members_user ON group_members (user_id);

CREATE TABLE group_denials (
  group_id BIGINT NOT NULL REFERENCES groups(id),
  kind SMALLINT NOT NULL,
  PRIMARY KEY (group_id, kind)
) {{strict}};

CREATE TABLE grants (
  id BIGINT PRIMARY KEY,
  subject_kind TEXT NOT NULL CHECK (subject_kind IN ('user','group')),
  subject_id BIGINT NOT NULL,
  binder_id BIGINT NOT NULL REFERENCES binders(id),
  breadth TEXT NOT NULL CHECK (breadth IN ('organization','binder')),
  made_by BIGINT REFERENCES operations(id),
  ended_by BIGINT REFERENCES operations(id),
  created_at BIGINT NOT NULL
) {{strict}};
CREATE UNIQUE INDEX grants_one ON grants (subject_kind, subject_id, binder_id, breadth) WHERE ended_by IS NULL;
CREATE INDEX grants_binder ON grants (binder_id) WHERE ended_by IS NULL;
CREATE INDEX grants_made ON grants (made_by) WHERE made_by IS NOT NULL;
CREATE INDEX grants_ended ON grants (ended_by) WHERE ended_by IS NOT NULL;

-- What the grants come to, per user. Users who reach everything have no rows.
CREATE TABLE reach (
  user_id BIGINT NOT NULL REFERENCES users(id),
  binder_id BIGINT NOT NULL REFERENCES binders(id),
  PRIMARY KEY (user_id, binder_id)
) {{strict}};
CREATE INDEX reach_binder ON reach (binder_id, user_id);

CREATE TABLE restrictions (
  item_id BIGINT NOT NULL REFERENCES items(id),
  subject_kind TEXT NOT NULL CHECK (subject_kind IN ('user','group')),
  subject_id BIGINT NOT NULL,
  PRIMARY KEY (item_id, subject_kind, subject_id)
) {{strict}};
CREATE INDEX restrictions_subject ON restrictions (subject_kind, subject_id, item_id);

CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  id BIGINT NOT NULL UNIQUE,
  user_id BIGINT NOT NULL REFERENCES users(id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  factor_at BIGINT,
  addr TEXT NOT NULL DEFAULT '',
  agent TEXT NOT NULL DEFAULT ''
) {{strict}};
CREATE INDEX sessions_user ON sessions (user_id);

-- Attempts to sign in that failed within the last minute, by account and by address.
CREATE TABLE sign_in_attempts (
  name TEXT PRIMARY KEY,
  times TEXT NOT NULL DEFAULT '',
  last_at BIGINT NOT NULL
) {{strict}};

CREATE TABLE api_keys (
  id BIGINT PRIMARY KEY,
  user_id BIGINT NOT NULL REFERENCES users(id),
  name TEXT NOT NULL,
  shown TEXT NOT NULL DEFAULT '',
  hash TEXT NOT NULL UNIQUE,
  password_access BOOLEAN NOT NULL DEFAULT FALSE,
  created_at BIGINT NOT NULL,
  used_at BIGINT,
  ends_at BIGINT,
  revoked_at BIGINT
) {{strict}};
CREATE INDEX api_keys_user ON api_keys (user_id);

-- One-time links: first administrator, invitation, password reset.
CREATE TABLE one_time_links (
  token_hash TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  user_id BIGINT REFERENCES users(id),
  created_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  used_at BIGINT
) {{strict}};
CREATE INDEX one_time_links_user ON one_time_links (user_id);

CREATE TABLE idempotency (
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  status BIGINT NOT NULL,
  headers TEXT NOT NULL DEFAULT '{}',
  answer TEXT NOT NULL DEFAULT '',
  at BIGINT NOT NULL,
  PRIMARY KEY (caller, key)
) {{strict}};
CREATE INDEX idempotency_at ON idempotency (at);
