CREATE TABLE items (
  id BIGINT PRIMARY KEY,
  binder_id BIGINT NOT NULL REFERENCES binders(id),
  kind SMALLINT NOT NULL,
  name TEXT NOT NULL,
  name_key {{key}} NOT NULL,
  number BIGINT,
  type_id BIGINT,
  status {{key}},
  fields TEXT NOT NULL DEFAULT '{}',
  tags TEXT NOT NULL DEFAULT '[]',
  archived BOOLEAN NOT NULL DEFAULT FALSE,
  restricted BOOLEAN NOT NULL DEFAULT FALSE,
  in_binder_since BIGINT NOT NULL,
  trashed_by BIGINT REFERENCES operations(id),
  merged_into BIGINT REFERENCES items(id),
  version BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) {{strict}};

{{postgres ALTER TABLE organizations ADD FOREIGN KEY (primary_location_id) REFERENCES items(id);}}

-- Every list index leaves the trash out; the lists say trashed_by IS NULL.
CREATE INDEX items_by_name ON items (binder_id, kind, name_key, id) WHERE trashed_by IS NULL;
CREATE INDEX items_by_update ON items (binder_id, kind, updated_at, id) WHERE trashed_by IS NULL;
-- trashed_by stands in the index so that SQLite counts from it alone.
CREATE INDEX items_by_id ON items (binder_id, kind, id, trashed_by) WHERE trashed_by IS NULL;
CREATE INDEX items_by_type ON items (binder_id, kind, type_id, name_key, id) WHERE trashed_by IS NULL AND type_id IS NOT NULL;
CREATE INDEX items_by_status ON items (binder_id, kind, status, name_key, id) WHERE trashed_by IS NULL AND status IS NOT NULL;
CREATE INDEX items_all_by_name ON items (kind, name_key, id) WHERE trashed_by IS NULL;
CREATE INDEX items_all_by_update ON items (kind, updated_at, id) WHERE trashed_by IS NULL;
CREATE INDEX items_recent ON items (binder_id, updated_at, id) WHERE trashed_by IS NULL;
CREATE INDEX items_all_recent ON items (updated_at, id) WHERE trashed_by IS NULL;
CREATE INDEX items_restricted ON items (binder_id, kind, id) WHERE restricted = TRUE AND trashed_by IS NULL;
CREATE INDEX items_trashed ON items (trashed_by, id) WHERE trashed_by IS NOT NULL;
-- Whose restrictions a viewer must pass to see a closed item: its own, and
-- those of what it hangs on. Derived by SettleRestrictions. guard_id refers to
-- nothing, so that an item stays closed when what closes it is purged.
CREATE TABLE item_guards (
  item_id BIGINT NOT NULL REFERENCES items(id) ON DELETE CASCADE,
  guard_id BIGINT NOT NULL,
  PRIMARY KEY (item_id, guard_id)
) {{strict}};
CREATE INDEX item_guards_guard ON item_guards (guard_id);

CREATE INDEX items_merged ON items (merged_into) WHERE merged_into IS NOT NULL;

-- Derived look-up rows of organizations and items: serials, addresses,
-- references, tags. Written with the record, never read as its truth.
CREATE TABLE record_keys (
  record_id BIGINT NOT NULL,
  field TEXT NOT NULL,
  key {{key}} NOT NULL,
  PRIMARY KEY (field, key, record_id)
) {{strict}};
CREATE INDEX record_keys_record ON record_keys (record_id);

CREATE TABLE parts (
  id BIGINT PRIMARY KEY,
  item_id BIGINT NOT NULL REFERENCES items(id),
  part TEXT NOT NULL,
  position BIGINT NOT NULL,
  fields TEXT NOT NULL DEFAULT '{}',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) {{strict}};
CREATE INDEX parts_item ON parts (item_id, part, position, id);

CREATE TABLE secrets (
  item_id BIGINT NOT NULL REFERENCES items(id),
  field TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (item_id, field)
) {{strict}};

CREATE TABLE attachments (
  id BIGINT PRIMARY KEY,
  item_id BIGINT REFERENCES items(id),
  binder_id BIGINT REFERENCES binders(id),
  name TEXT NOT NULL,
  size BIGINT NOT NULL,
  hash TEXT NOT NULL,
  content_type TEXT NOT NULL,
  created_by BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  removed_at BIGINT,
  CHECK ((item_id IS NULL) <> (binder_id IS NULL))
) {{strict}};
CREATE INDEX attachments_item ON attachments (item_id) WHERE item_id IS NOT NULL;
CREATE INDEX attachments_binder ON attachments (binder_id) WHERE binder_id IS NOT NULL;
CREATE INDEX attachments_hash ON attachments (hash);

CREATE TABLE relations (
  id BIGINT PRIMARY KEY,
  from_item BIGINT NOT NULL REFERENCES items(id),
  to_item BIGINT REFERENCES items(id),
  to_binder BIGINT REFERENCES binders(id),
  notes TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  CHECK ((to_item IS NULL) <> (to_binder IS NULL)),
  CHECK (to_item <> from_item)
) {{strict}};
CREATE UNIQUE INDEX relations_pair ON relations (from_item, COALESCE(to_item, 0), COALESCE(to_binder, 0));
CREATE INDEX relations_to ON relations (to_item) WHERE to_item IS NOT NULL;
CREATE INDEX relations_to_binder ON relations (to_binder) WHERE to_binder IS NOT NULL;

CREATE TABLE revisions (
  id BIGINT PRIMARY KEY,
  record_id BIGINT NOT NULL,
  version BIGINT NOT NULL,
  at BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  user_name TEXT NOT NULL,
  binder_id BIGINT NOT NULL REFERENCES binders(id),
  body TEXT NOT NULL,
  secrets TEXT NOT NULL DEFAULT '{}'
) {{strict}};
CREATE UNIQUE INDEX revisions_record ON revisions (record_id, version);
CREATE INDEX revisions_binder ON revisions (binder_id);

CREATE TABLE memberships (
  person_id BIGINT NOT NULL,
  binder_id BIGINT NOT NULL REFERENCES binders(id),
  own BOOLEAN NOT NULL DEFAULT FALSE, -- of the binder that the person is filed in
  created_at BIGINT NOT NULL,
  PRIMARY KEY (person_id, binder_id)
) {{strict}};
CREATE INDEX memberships_binder ON memberships (binder_id, person_id);
CREATE INDEX memberships_guest ON memberships (binder_id, person_id) WHERE own = FALSE;

CREATE TABLE flexible_asset_types (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL,
  name_key {{key}} NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '',
  icon TEXT NOT NULL DEFAULT '',
  enabled BOOLEAN NOT NULL DEFAULT TRUE,
  show_in_menu BOOLEAN NOT NULL DEFAULT TRUE,
  version BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) {{strict}};

CREATE TABLE flexible_asset_fields (
  id BIGINT PRIMARY KEY,
  type_id BIGINT NOT NULL REFERENCES flexible_asset_types(id),
  position BIGINT NOT NULL,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  kind TEXT NOT NULL,
  hint TEXT NOT NULL DEFAULT '',
  options TEXT NOT NULL DEFAULT '[]',
  tag_type TEXT NOT NULL DEFAULT '',
  default_value TEXT NOT NULL DEFAULT '',
  decimals BIGINT NOT NULL DEFAULT 0,
  required BOOLEAN NOT NULL DEFAULT FALSE,
  use_for_title BOOLEAN NOT NULL DEFAULT FALSE,
  expiration BOOLEAN NOT NULL DEFAULT FALSE,
  show_in_list BOOLEAN NOT NULL DEFAULT FALSE,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (type_id, name_key)
) {{strict}};

CREATE TABLE links (
  connection_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  external_id TEXT NOT NULL,
  binder_id BIGINT REFERENCES binders(id),
  item_id BIGINT REFERENCES items(id),
  state TEXT NOT NULL CHECK (state IN ('syncing','paused','disabled','orphaned','tombstone')),
  PRIMARY KEY (connection_id, kind, external_id),
  CHECK ((binder_id IS NULL) <> (item_id IS NULL))
) {{strict}};
CREATE INDEX links_binder ON links (binder_id) WHERE binder_id IS NOT NULL;
CREATE INDEX links_item ON links (item_id) WHERE item_id IS NOT NULL;
