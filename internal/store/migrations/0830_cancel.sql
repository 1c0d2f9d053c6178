-- Who asked a running operation to stop, and when. Its job sees it before the
-- next chunk; of an operation that is at its end it says that it was stopped.
ALTER TABLE operations ADD COLUMN cancel_at BIGINT;
ALTER TABLE operations ADD COLUMN cancel_by BIGINT;
ALTER TABLE operations ADD COLUMN cancel_name TEXT NOT NULL DEFAULT '';
