CREATE TABLE activity (
  id BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  binder_id BIGINT NOT NULL REFERENCES binders(id),
  operation_id BIGINT REFERENCES operations(id),
  user_id BIGINT NOT NULL,
  user_name TEXT NOT NULL,
  face TEXT NOT NULL,
  addr TEXT NOT NULL DEFAULT '',
  by_name TEXT NOT NULL DEFAULT '',
  changes TEXT NOT NULL DEFAULT '[]'
) {{strict}};
CREATE INDEX activity_at ON activity (at, id);
CREATE INDEX activity_subject ON activity (subject_id, id);
CREATE INDEX activity_binder ON activity (binder_id, at, id);
CREATE INDEX activity_user ON activity (user_id, at, id);
CREATE INDEX activity_operation ON activity (operation_id) WHERE operation_id IS NOT NULL;
