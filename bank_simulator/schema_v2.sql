-- Version 2: cards, returns, notifications, and files exchanged in a folder. Keeps every row.
BEGIN;

-- SQLite cannot widen a CHECK, so the table is copied; ids, references and order stay.
CREATE TABLE movements_v2 (
  id INTEGER PRIMARY KEY,
  bank TEXT NOT NULL REFERENCES banks,
  source TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN (
    'debit', 'credit', 'payout', 'returned_debit', 'returned_credit',
    'capture', 'card_refund', 'chargeback'
  )),
  token TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL,
  instruction_id TEXT NOT NULL,
  message_id TEXT,
  payment_information_id TEXT,
  end_to_end_id TEXT NOT NULL,
  remittance TEXT NOT NULL,
  bank_reference TEXT NOT NULL UNIQUE,
  executed_at TEXT NOT NULL,
  booking_date TEXT NOT NULL,
  clearing_after_minor INTEGER NOT NULL,
  return_reason TEXT,
  CONSTRAINT movements_once UNIQUE (bank, source)
) STRICT;
INSERT INTO movements_v2 SELECT *, NULL FROM movements;
DROP TABLE movements;
ALTER TABLE movements_v2 RENAME TO movements;
CREATE INDEX movements_by_day ON movements (bank, booking_date, id);
CREATE INDEX movements_by_account ON movements (bank, token);
CREATE INDEX movements_by_bank ON movements (bank, id);
CREATE INDEX movements_by_message ON movements (bank, message_id, booking_date)
  WHERE message_id IS NOT NULL;

-- A file is taken in piece by piece; until it is whole, it is nothing to anybody.
ALTER TABLE batches ADD COLUMN is_whole INTEGER NOT NULL DEFAULT 1;
ALTER TABLE batches ADD COLUMN version TEXT NOT NULL DEFAULT '09';
ALTER TABLE batches ADD COLUMN received_at TEXT NOT NULL DEFAULT '';
ALTER TABLE batches ADD COLUMN total_units INTEGER NOT NULL DEFAULT 0;

ALTER TABLE faults ADD COLUMN closes_hour INTEGER;
ALTER TABLE faults ADD COLUMN opens_hour INTEGER;

-- What is authorised and not yet captured is held on the card, until it expires.
CREATE TABLE authorisations (
  number INTEGER PRIMARY KEY,
  bank TEXT NOT NULL REFERENCES banks,
  authorisation_id TEXT NOT NULL,
  token TEXT NOT NULL,
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL,
  statement_text TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('approved', 'declined', 'pending')),
  state TEXT NOT NULL CHECK (state IN ('authorised', 'captured', 'voided', 'declined', 'pending')),
  reason TEXT,
  authorisation_code TEXT,
  decided_at TEXT,
  expires_at TEXT,
  captured_minor INTEGER NOT NULL DEFAULT 0,
  refunded_minor INTEGER NOT NULL DEFAULT 0,
  charged_back_minor INTEGER NOT NULL DEFAULT 0,
  execute_after REAL,
  hidden_lookups INTEGER NOT NULL DEFAULT 0,
  UNIQUE (bank, authorisation_id),
  CONSTRAINT authorisations_captured_within CHECK (captured_minor BETWEEN 0 AND amount_minor),
  CONSTRAINT authorisations_returned_within
    CHECK (refunded_minor + charged_back_minor BETWEEN 0 AND captured_minor)
) STRICT;
CREATE INDEX authorisations_held ON authorisations (bank, token) WHERE state = 'authorised';
CREATE INDEX authorisations_pending ON authorisations (execute_after) WHERE outcome = 'pending';

-- Captures, refunds and chargebacks of cards, and returns of instant payments.
CREATE TABLE follow_ups (
  bank TEXT NOT NULL REFERENCES banks,
  follow_up_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('capture', 'refund', 'chargeback', 'return')),
  original_id TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('executed', 'rejected')),
  reason TEXT,
  bank_reference TEXT,
  executed_at TEXT,
  hidden_lookups INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (bank, kind, follow_up_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX follow_ups_by_original ON follow_ups (bank, original_id);

-- A notification tells what moved since the one before it: the movements from first to last.
CREATE TABLE notifications (
  bank TEXT NOT NULL REFERENCES banks,
  number INTEGER NOT NULL,
  first_movement INTEGER NOT NULL,
  last_movement INTEGER NOT NULL,
  made_at TEXT NOT NULL,
  PRIMARY KEY (bank, number)
) STRICT, WITHOUT ROWID;

-- What was laid into a bank's folder, so that a restart lays nothing twice.
CREATE TABLE folder_files (
  bank TEXT NOT NULL REFERENCES banks,
  name TEXT NOT NULL,
  laid_at TEXT NOT NULL,
  PRIMARY KEY (bank, name)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
COMMIT;
