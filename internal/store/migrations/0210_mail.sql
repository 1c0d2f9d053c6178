-- Letters that wait to be sent, and for a while those that were. The token of a
-- one-time link is sealed, and forgotten once the letter is gone.
CREATE TABLE mail_outbox (
  id BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  user_id BIGINT REFERENCES users(id),
  name TEXT NOT NULL DEFAULT '',
  address TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL DEFAULT '{}',
  token_sealed BYTEA,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','sent','logged','failed')),
  tries BIGINT NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  done_at BIGINT
) {{strict}};
CREATE INDEX mail_outbox_next ON mail_outbox (next_at) WHERE state = 'waiting';
CREATE INDEX mail_outbox_user ON mail_outbox (user_id) WHERE user_id IS NOT NULL;
