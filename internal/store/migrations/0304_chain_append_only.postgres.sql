CREATE FUNCTION chain_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the chain of the activity log is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER chain_guard BEFORE UPDATE OR DELETE ON activity_chain FOR EACH ROW EXECUTE FUNCTION chain_guard();
