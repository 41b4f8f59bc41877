-- The bank's books, version 1. Amounts are integers of minor units; moments are UTC text.
BEGIN;

CREATE TABLE world (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  offset_seconds INTEGER NOT NULL,
  seed INTEGER,
  draws INTEGER NOT NULL
) STRICT;
INSERT INTO world VALUES (1, 0, NULL, 0);

CREATE TABLE banks (
  slug TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  currency TEXT NOT NULL,
  timezone TEXT NOT NULL,
  ispb TEXT NOT NULL,
  opened_on TEXT NOT NULL,
  clearing_opening_minor INTEGER NOT NULL
) STRICT;

-- The operator's clearing account is the row `clearing`; it alone may go below zero.
CREATE TABLE accounts (
  bank TEXT NOT NULL REFERENCES banks,
  token TEXT NOT NULL,
  kind TEXT NOT NULL,
  holder_name TEXT NOT NULL,
  holder_tax_id TEXT NOT NULL,
  last4 TEXT NOT NULL,
  verification_code TEXT NOT NULL,
  wrong_codes INTEGER NOT NULL DEFAULT 0,
  is_closed INTEGER NOT NULL DEFAULT 0,
  limit_minor INTEGER,
  balance_minor INTEGER NOT NULL,
  PRIMARY KEY (bank, token),
  CONSTRAINT accounts_customer_floor CHECK (kind = 'clearing' OR balance_minor >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE instructions (
  bank TEXT NOT NULL REFERENCES banks,
  instruction_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('debit', 'credit')),
  token TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  end_to_end_id TEXT NOT NULL,
  remittance TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('executed', 'rejected', 'pending')),
  reason TEXT,
  bank_reference TEXT,
  executed_at TEXT,
  execute_after REAL,
  hidden_lookups INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (bank, instruction_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX instructions_pending ON instructions (execute_after) WHERE outcome = 'pending';

CREATE TABLE batches (
  number INTEGER PRIMARY KEY,
  bank TEXT NOT NULL REFERENCES banks,
  message_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('received', 'accepted', 'partial', 'rejected')),
  UNIQUE (bank, message_id)
) STRICT;

CREATE TABLE batch_items (
  batch INTEGER NOT NULL REFERENCES batches,
  position INTEGER NOT NULL,
  instruction_id TEXT NOT NULL,
  payment_information_id TEXT NOT NULL,
  end_to_end_id TEXT NOT NULL,
  token TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  currency TEXT NOT NULL,
  remittance TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('accepted', 'rejected', 'settled')),
  reason TEXT,
  bank_reference TEXT,
  PRIMARY KEY (batch, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_items_waiting ON batch_items (batch, position) WHERE state = 'accepted';

-- One row is one execution. `source` names what asked for it, so asking twice cannot move twice.
CREATE TABLE movements (
  id INTEGER PRIMARY KEY,
  bank TEXT NOT NULL REFERENCES banks,
  source TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('debit', 'credit', 'payout')),
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
  CONSTRAINT movements_once UNIQUE (bank, source)
) STRICT;
CREATE INDEX movements_by_day ON movements (bank, booking_date, id);
CREATE INDEX movements_by_account ON movements (bank, token);

CREATE TABLE closings (
  bank TEXT NOT NULL REFERENCES banks,
  date TEXT NOT NULL,
  closed_at TEXT NOT NULL,
  PRIMARY KEY (bank, date)
) STRICT, WITHOUT ROWID;

CREATE TABLE faults (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  bank TEXT NOT NULL REFERENCES banks,
  fault TEXT NOT NULL,
  probability REAL NOT NULL,
  seed INTEGER NOT NULL,
  remaining INTEGER,
  draws INTEGER NOT NULL DEFAULT 0,
  fired INTEGER NOT NULL DEFAULT 0,
  direction TEXT,
  account TEXT,
  reason TEXT,
  delay_seconds REAL NOT NULL,
  hold_seconds REAL NOT NULL,
  times INTEGER NOT NULL
) STRICT;
CREATE INDEX faults_by_bank ON faults (bank, fault);

-- Which day's statement a fault spoils, decided once: asking again reads the same bytes.
CREATE TABLE spoiled_days (
  fault INTEGER NOT NULL REFERENCES faults ON DELETE CASCADE,
  date TEXT NOT NULL,
  is_spoiled INTEGER NOT NULL,
  draw INTEGER NOT NULL,
  PRIMARY KEY (fault, date)
) STRICT, WITHOUT ROWID;

PRAGMA application_id = 1414676303;
PRAGMA user_version = 1;
COMMIT;
