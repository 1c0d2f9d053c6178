CREATE TRIGGER chain_stays BEFORE UPDATE ON activity_chain
BEGIN SELECT RAISE(ABORT, 'the chain of the activity log is append-only'); END;
CREATE TRIGGER chain_is_kept BEFORE DELETE ON activity_chain
BEGIN SELECT RAISE(ABORT, 'the chain of the activity log is append-only'); END;
