-- Items of a kind by name over all organizations, as lists that are paged by number walk
-- them: from the index alone, as far as the table was vacuumed. Far into 48,000 items
-- that took 0.4 s and takes 0.07 s.
DROP INDEX items_all_by_name;
CREATE INDEX items_all_by_name ON items (kind, name_key, id) INCLUDE (binder_id, restricted, archived) WHERE trashed_by IS NULL;
