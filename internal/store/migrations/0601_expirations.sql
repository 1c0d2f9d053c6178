-- The dates on which something ends, one row for each date of an item. Derived
-- from the item and written with it. Of a flexible asset every date has a row,
-- and marked says whether its type calls that field an expiration: so a type
-- that changes its mind costs one statement and reads no asset.
CREATE TABLE expirations (
  id BIGINT PRIMARY KEY,
  item_id BIGINT NOT NULL REFERENCES items(id) ON DELETE CASCADE,
  field TEXT NOT NULL,
  binder_id BIGINT NOT NULL REFERENCES binders(id),
  kind SMALLINT NOT NULL,
  type_id BIGINT REFERENCES flexible_asset_types(id),
  expires_on {{key}} NOT NULL,
  marked BOOLEAN NOT NULL DEFAULT TRUE
) {{strict}};
CREATE UNIQUE INDEX expirations_item ON expirations (item_id, field);
CREATE INDEX expirations_by_date ON expirations (expires_on, id) WHERE marked = TRUE;
CREATE INDEX expirations_by_kind ON expirations (kind, expires_on, id) WHERE marked = TRUE;
CREATE INDEX expirations_by_binder ON expirations (binder_id, expires_on, id) WHERE marked = TRUE;
CREATE INDEX expirations_binder ON expirations (binder_id, id);
CREATE INDEX expirations_type ON expirations (type_id) WHERE type_id IS NOT NULL;

INSERT INTO expirations (id, item_id, field, binder_id, kind, type_id, expires_on, marked)
SELECT {{sqlite (SELECT next FROM counters WHERE name = 'ids') - 1 + row_number() OVER (ORDER BY k.record_id, k.field)}}{{postgres nextval('ids')}},
  i.id, k.field, i.binder_id, i.kind, CASE WHEN i.kind = 10 THEN i.type_id END, k.key,
  i.kind <> 10 OR EXISTS (SELECT 1 FROM flexible_asset_fields f WHERE f.type_id = i.type_id AND f.kind = 'Date' AND f.expiration = TRUE AND k.field = 'traits.' || f.name_key)
FROM record_keys k JOIN items i ON i.id = k.record_id
WHERE ((i.kind = 1 AND k.field = 'warranty_expires_at') OR (i.kind IN (8, 9) AND k.field = 'expires_on') OR (i.kind = 10 AND k.field LIKE 'traits.%'))
  AND {{sqlite k.key GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'}}{{postgres k.key ~ '^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]$'}};
{{sqlite UPDATE counters SET next = next + (SELECT count(*) FROM expirations) WHERE name = 'ids';}}
