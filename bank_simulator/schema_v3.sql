-- Version 3: what the operator answers to a chargeback. Keeps every row.
BEGIN;

CREATE TABLE chargeback_answers (
  bank TEXT NOT NULL REFERENCES banks,
  answer_id TEXT NOT NULL,
  chargeback_id TEXT NOT NULL,
  text TEXT NOT NULL,
  evidence TEXT NOT NULL,
  received_at TEXT NOT NULL,
  PRIMARY KEY (bank, answer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX chargeback_answers_of ON chargeback_answers (bank, chargeback_id);

PRAGMA user_version = 3;
COMMIT;
