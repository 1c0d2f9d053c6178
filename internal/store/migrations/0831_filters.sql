-- The log by what was done and by what it was done to, and the trash by name:
-- what is rare among a million lines is found without reading them.
CREATE INDEX activity_action ON activity (action, at, id);
CREATE INDEX activity_kind ON activity (subject, at, id);
CREATE INDEX items_trash_by_name ON items (name_key, id) WHERE trashed_by IS NOT NULL;
