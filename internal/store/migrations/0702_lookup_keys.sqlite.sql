-- Look-up fields that lists are filtered by are indexed fields now.
INSERT INTO record_keys (record_id, field, key)
  SELECT i.id, f.value, CAST(json_extract(i.fields, '$.' || f.value) AS TEXT)
  FROM json_each('["manufacturer_id","model_id","operating_system_id","region_id","country_id"]') f JOIN items i
    ON i.kind = CASE WHEN f.value IN ('region_id', 'country_id') THEN 3 ELSE 1 END
  WHERE json_extract(i.fields, '$.' || f.value) IS NOT NULL
  ON CONFLICT DO NOTHING;
