"""A statement of a hundred thousand lines: imported, matched and proven in a process alone."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from benchmarks.figures import Figure, Plan
from benchmarks.house import ROOT, House
from benchmarks.world import CURRENCY, Books
from core.clock import business_now
from payments import ledger

LINES = 100_000
GOAL_SECONDS = 30
GOAL_MB = 150
BANK = "bank-a"

_BATCH = """
WITH shop AS (
    INSERT INTO people_party (public_id, kind, display_name, country, created_at)
    VALUES ('pty_measured', 'business', 'Padaria do Zé', 'XX', now())
    RETURNING id
), wanted AS (
    INSERT INTO payments_settlementwindow
           (agreement_rail_id, bank_id, business_date, cutoff_at, value_date)
    SELECT rail.id, bank.id, %(day)s, now(), %(day)s
      FROM payments_bank AS bank
      JOIN payments_bankagreement AS agreement ON agreement.bank_id = bank.id
      JOIN payments_agreementrail AS rail ON rail.agreement_id = agreement.id
     WHERE bank.slug = %(bank)s
    RETURNING id, bank_id
)
INSERT INTO payments_settlementbatch
       (public_id, window_id, bank_id, state, currency, payout_count, total_minor,
        approval_above_minor, message_id, file_sha256, file_build, asked_at, look_ups)
SELECT 'bat_measured', wanted.id, wanted.bank_id, 'acknowledged', %(currency)s, %(lines)s, 0,
       0, 'bat_measured', '', gen_random_uuid(), now(), 0
  FROM wanted, shop
"""
_PAYOUTS = """
INSERT INTO payments_payout
       (public_id, batch_id, party_id, bank_id, account_token, account_last4, holder_name,
        gross_minor, fee_minor, refunds_minor, held_minor, net_minor, currency, state,
        bank_reference, reason, created_at, settled_at)
SELECT 'pyo_' || lpad(number::text, 26, '0'), batch.id, shop.id, batch.bank_id, 'tok', '', 'Zé',
       0, 0, 0, -(1000 + number %% 5000), 1000 + number %% 5000, batch.currency, 'settled', '', '',
       now(), now()
  FROM generate_series(1, %(lines)s) AS number,
       payments_settlementbatch AS batch, people_party AS shop
 WHERE batch.public_id = 'bat_measured' AND shop.public_id = 'pty_measured'
"""
_HISTORY = """
INSERT INTO payments_payoutmove (payout_id, from_state, to_state, at, reason)
SELECT id, 'accepted', 'settled', now(), '' FROM payments_payout
"""
_ENTRIES = """
INSERT INTO payments_payableentry (public_id, party_id, currency, kind, delta_minor, at)
SELECT 'ent_' || id, party_id, currency, 'release', net_minor, now() FROM payments_payout
"""
_INSIDE = """
INSERT INTO payments_payoutentry (payout_id, entry_id)
SELECT payout.id, entry.id
  FROM payments_payout AS payout
  JOIN payments_payableentry AS entry ON entry.public_id = 'ent_' || payout.id
"""
_MOVED = """
INSERT INTO payments_ledgertransfer
       (id, journal, kind, debit_id, credit_id, amount_minor, currency, debit_after, credit_after,
        payment_ref, at)
SELECT gen_random_uuid(), gen_random_uuid(), %(kind)s::text, %(debit)s::bigint,
       %(credit)s::bigint, net_minor,
       currency,
       CASE WHEN %(kind)s::text = 'settle'
            THEN sum(net_minor) OVER () - sum(net_minor) OVER (ORDER BY id) END,
       CASE WHEN %(kind)s::text = 'settle_claim' THEN sum(net_minor) OVER (ORDER BY id) END,
       %(names)s::text || substr(public_id, 4), now()
  FROM payments_payout
 ORDER BY id
"""
_FOLDED = "UPDATE payments_ledgeraccount SET balance = balance + %s WHERE id = %s"


def play(house: House, plan: Plan, books: Books) -> list[Figure]:  # noqa: ARG001 - As all scenes.
    """Return how many lines a second are imported and matched, beside what the goal asks for."""
    day = business_now().date()
    total = _settle_payouts(house, day)
    path = house.folder / "statement.xml"
    _write(path, day, total)
    house.tell("VACUUM ANALYZE")
    seen = _import(path)
    seconds, megabytes = seen["seconds"], seen["rss_mb"]
    name = f"camt.053 of {LINES:,} lines imported and matched, {GOAL_MB} MB at most"
    reached = 1.0 if megabytes <= GOAL_MB else 0.0
    return [
        Figure(
            name,
            round(LINES / seconds, 1),
            round(LINES / GOAL_SECONDS, 1),
            round(reached * GOAL_SECONDS / seconds, 2),
            1.0,
            notes={**seen, "file, MB": round(path.stat().st_size / 1e6, 1)},
        )
    ]


def _settle_payouts(house: House, day: date) -> int:
    """Make settled payouts with their transfers; return what they come to."""
    values = {"day": day, "bank": BANK, "currency": CURRENCY, "lines": LINES}
    for statement in (_BATCH, _PAYOUTS):
        house.tell_named(statement, values)
    for statement in (_HISTORY, _ENTRIES, _INSIDE):
        house.tell(statement)
    shop = house.ask("SELECT id FROM people_party WHERE public_id = 'pty_measured'")
    total = int(house.ask("SELECT sum(net_minor) FROM payments_payout"))
    payable = ledger.account("payable", CURRENCY, party_id=shop)
    flight = ledger.account("in_flight", CURRENCY, party_id=shop)
    clearing = ledger.account("bank_clearing", CURRENCY, bank_id=BANK)
    write_offs = ledger.account("write_offs", CURRENCY)
    ways = (
        ("hold_release", "dsp", write_offs, payable),
        ("settle_claim", "pyo", payable, flight),
        ("settle", "pyo", flight, clearing),
    )
    # Straight into the tables: posting is measured elsewhere, and takes its time.
    for kind, names, debit, credit in ways:
        values = {"kind": kind, "names": names, "debit": debit, "credit": credit}
        house.tell_named(_MOVED, values)
    house.tell(_FOLDED, -total, write_offs)
    house.tell(_FOLDED, total, clearing)
    return total


def _write(path: Path, day: date, total: int) -> None:
    """Write the statement of these payouts, as a bank does that adds nothing and leaves nothing."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_text(day, total))


def _text(day: date, total: int) -> Iterator[str]:
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        "<GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>measured</Id><ElctrncSeqNb>1</ElctrncSeqNb>"
        f"<Acct><Ccy>{CURRENCY}</Ccy></Acct>"
        f"{_balance('OPBD', 0, day)}{_balance('CLBD', total, day)}"
    )
    for number in range(1, LINES + 1):
        name, amount = f"pyo_{number:026d}", _amount(1000 + number % 5000)
        yield (
            f"<Ntry><NtryRef>{number}</NtryRef>{amount}<CdtDbtInd>DBIT</CdtDbtInd>"
            f"<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
            f"<AcctSvcrRef>REF{number:012d}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly>"
            "<Cd>ICDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls>"
            f"<Refs><MsgId>bat_measured</MsgId><AcctSvcrRef>REF{number:012d}</AcctSvcrRef>"
            f"<InstrId>{name}</InstrId><EndToEndId>{name}</EndToEndId></Refs>{amount}"
            "<CdtDbtInd>DBIT</CdtDbtInd><RltdPties><Cdtr><Pty><Nm>Zé</Nm></Pty></Cdtr></RltdPties>"
            f"<RmtInf><Ustrd>Troco {day}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        )
    yield "</Stmt></BkToCstmrStmt></Document>"


def _balance(code: str, minor: int, day: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_amount(minor)}"
        f"<CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _amount(minor: int) -> str:
    return f'<Amt Ccy="{CURRENCY}">{minor // 100}.{minor % 100:02d}</Amt>'


def _import(path: Path) -> dict[str, float]:
    """Import it in a process of its own; return what that process saw of itself."""
    command = [sys.executable, "-m", "benchmarks.one_statement", BANK, str(path)]
    ran = subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), check=True, stdout=subprocess.PIPE, text=True
    )
    seen: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return seen
