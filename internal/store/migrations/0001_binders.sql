CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  next BIGINT NOT NULL
) {{strict}};

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  updated_at BIGINT NOT NULL
) {{strict}};

CREATE TABLE organizations (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key {{key}} NOT NULL,
  state TEXT NOT NULL DEFAULT 'live' CHECK (state IN ('live','trashed','merged','purged')),
  merged_into BIGINT REFERENCES organizations(id),
  parent_binder_id BIGINT {{sqlite REFERENCES binders(id)}},
  primary_location_id BIGINT {{sqlite REFERENCES items(id)}},
  type_id BIGINT,
  status_id BIGINT,
  fields TEXT NOT NULL DEFAULT '{}',
  trashed_by BIGINT,
  version BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  CHECK ((state = 'merged') = (merged_into IS NOT NULL)),
  CHECK (merged_into <> id),
  CHECK (parent_binder_id <> id)
) {{strict}};

CREATE TABLE operations (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running','done','failed','undone')),
  fingerprint TEXT NOT NULL,
  title TEXT NOT NULL DEFAULT '',
  parent_id BIGINT REFERENCES operations(id),
  source_id BIGINT REFERENCES organizations(id),
  target_id BIGINT REFERENCES organizations(id),
  undone_by BIGINT REFERENCES operations(id),
  undoes BIGINT REFERENCES operations(id),
  user_id BIGINT NOT NULL,
  user_name TEXT NOT NULL,
  plan TEXT NOT NULL DEFAULT '{}',
  receipt TEXT NOT NULL DEFAULT '{}',
  journal TEXT NOT NULL DEFAULT '{}',
  cursor TEXT NOT NULL DEFAULT '',
  done BIGINT NOT NULL DEFAULT 0,
  total BIGINT NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  attempt BIGINT NOT NULL DEFAULT 0,
  event_base BIGINT UNIQUE,
  high_item BIGINT,
  created_at BIGINT NOT NULL,
  done_at BIGINT
) {{strict}};

CREATE TABLE binders (
  id BIGINT PRIMARY KEY,
  organization_id BIGINT NOT NULL REFERENCES organizations(id),
  changed_at BIGINT NOT NULL DEFAULT 0,
  next_number BIGINT NOT NULL DEFAULT 1
) {{strict}};

{{postgres ALTER TABLE organizations ADD FOREIGN KEY (parent_binder_id) REFERENCES binders(id);}}

CREATE TABLE binder_moves (
  operation_id BIGINT NOT NULL REFERENCES operations(id),
  binder_id BIGINT NOT NULL REFERENCES binders(id),
  from_id BIGINT NOT NULL REFERENCES organizations(id),
  to_id BIGINT NOT NULL REFERENCES organizations(id),
  at BIGINT NOT NULL,
  PRIMARY KEY (operation_id, binder_id)
) {{strict}};

CREATE TABLE email_domains (
  binder_id BIGINT NOT NULL REFERENCES binders(id),
  domain {{key}} NOT NULL,
  dropped_by BIGINT REFERENCES operations(id),
  PRIMARY KEY (binder_id, domain)
) {{strict}};

CREATE TABLE aliases (
  space TEXT NOT NULL,
  value {{key}} NOT NULL,
  binder_id BIGINT NOT NULL REFERENCES binders(id),
  PRIMARY KEY (space, value, binder_id)
) {{strict}};

CREATE TABLE lookups (
  id BIGINT PRIMARY KEY,
  list TEXT NOT NULL,
  name TEXT NOT NULL,
  name_key {{key}} NOT NULL,
  parent_id BIGINT REFERENCES lookups(id),
  code TEXT NOT NULL DEFAULT '',
  synced BOOLEAN NOT NULL DEFAULT FALSE,
  version BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) {{strict}};

CREATE UNIQUE INDEX lookups_name ON lookups (list, name_key, COALESCE(parent_id, 0));
CREATE INDEX lookups_parent ON lookups (parent_id) WHERE parent_id IS NOT NULL;

CREATE INDEX organizations_name ON organizations (name_key, id);
CREATE INDEX organizations_update ON organizations (updated_at, id);
CREATE INDEX organizations_parent ON organizations (parent_binder_id) WHERE parent_binder_id IS NOT NULL;
CREATE INDEX organizations_location ON organizations (primary_location_id) WHERE primary_location_id IS NOT NULL;
CREATE INDEX organizations_merged ON organizations (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX organizations_trashed ON organizations (trashed_by) WHERE trashed_by IS NOT NULL;
CREATE INDEX binders_owner ON binders (organization_id, id);
CREATE INDEX binders_changed ON binders (changed_at, id);
CREATE INDEX binder_moves_binder ON binder_moves (binder_id, at);
CREATE INDEX binder_moves_from ON binder_moves (from_id);
CREATE INDEX binder_moves_to ON binder_moves (to_id);
CREATE INDEX email_domains_domain ON email_domains (domain);
CREATE INDEX email_domains_dropped ON email_domains (dropped_by) WHERE dropped_by IS NOT NULL;
CREATE INDEX aliases_binder ON aliases (binder_id);
CREATE INDEX operations_created ON operations (created_at, id);
CREATE INDEX operations_parent ON operations (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX operations_source ON operations (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX operations_target ON operations (target_id) WHERE target_id IS NOT NULL;
CREATE INDEX operations_undone ON operations (undone_by) WHERE undone_by IS NOT NULL;
CREATE INDEX operations_undoes ON operations (undoes) WHERE undoes IS NOT NULL;
CREATE INDEX operations_running ON operations (state) WHERE state = 'running';

INSERT INTO counters (name, next) VALUES ('events', 1), ('structure', 1), ('seal', 1);
{{sqlite INSERT INTO counters (name, next) VALUES ('ids', 2);}}
{{postgres CREATE SEQUENCE ids START WITH 2 MAXVALUE 4503599627370495;}}
