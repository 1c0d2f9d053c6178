-- What each person keeps of records and lists for themselves. Nothing here
-- belongs to a client: a merge, a delete and a restore leave it alone.
CREATE TABLE favourites (
  user_id BIGINT NOT NULL,
  record_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, record_id)
) {{strict}};
CREATE INDEX favourites_record ON favourites (record_id);

CREATE TABLE opened (
  user_id BIGINT NOT NULL,
  record_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (user_id, record_id)
) {{strict}};
CREATE INDEX opened_at ON opened (user_id, at, record_id);
CREATE INDEX opened_record ON opened (record_id);

CREATE TABLE list_views (
  id BIGINT PRIMARY KEY,
  list TEXT NOT NULL,
  user_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  name_key {{key}} NOT NULL,
  shared BOOLEAN NOT NULL DEFAULT FALSE,
  query TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) {{strict}};
CREATE INDEX list_views_list ON list_views (list, user_id);

CREATE TABLE list_settings (
  user_id BIGINT NOT NULL,
  list TEXT NOT NULL,
  columns TEXT NOT NULL DEFAULT '',
  view_id BIGINT,
  PRIMARY KEY (user_id, list)
) {{strict}};

-- What each chunk of an act on many items did, for its undo.
CREATE TABLE act_chunks (
  operation_id BIGINT NOT NULL REFERENCES operations(id),
  number BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (operation_id, number)
) {{strict}};
