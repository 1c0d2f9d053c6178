-- Look-up fields that lists are filtered by are indexed fields now.
INSERT INTO record_keys (record_id, field, key)
  SELECT i.id, f.name, i.fields::json ->> f.name
  FROM unnest(ARRAY['manufacturer_id', 'model_id', 'operating_system_id', 'region_id', 'country_id']) AS f(name) JOIN items i
    ON i.kind = CASE WHEN f.name IN ('region_id', 'country_id') THEN 3 ELSE 1 END
  WHERE i.fields::json ->> f.name IS NOT NULL
  ON CONFLICT DO NOTHING;
