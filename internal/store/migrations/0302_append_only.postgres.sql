CREATE FUNCTION activity_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'activity is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER activity_guard BEFORE UPDATE OR DELETE ON activity FOR EACH ROW EXECUTE FUNCTION activity_guard();
