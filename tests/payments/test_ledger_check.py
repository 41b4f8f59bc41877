"""``check_ledger`` finds what is wrong: each kind of damage, by its name."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from payments.models import Payment
from payments.services.checking import all_checks, run_checks
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_business, new_key, new_payer, work
from tests.payments.refund_cast import give_back

pytestmark = pytest.mark.django_db

DAMAGE = {
    "a balance out of nothing": (
        "UPDATE payments_ledgeraccount SET balance = balance + 100 WHERE kind = 'in_flight'",
        {"sum_is_zero", "balance_is_sum"},
    ),
    "a changed line": (
        "UPDATE payments_ledgertransfer SET amount_minor = amount_minor + 1 WHERE kind = 'collect'",
        {"balance_is_sum", "balances_chain", "amounts_as_agreed"},
    ),
    "a removed line": (
        "DELETE FROM payments_ledgertransfer WHERE kind = 'fee'",
        {"balance_is_sum", "posted_as_the_state_demands"},
    ),
    "a line in another currency": (
        "UPDATE payments_ledgertransfer SET currency = 'USD' WHERE kind = 'fee'",
        {"one_currency", "amounts_as_agreed"},
    ),
    "a running balance that jumps": (
        "UPDATE payments_ledgertransfer SET credit_after = 7 WHERE kind = 'collect'",
        {"balances_chain"},
    ),
    "a lost inbox row": (
        "DELETE FROM payments_ledgerinbox",
        {"balance_is_sum"},
    ),
    "a payment called failed": (
        "UPDATE payments_payment SET state = 'failed' WHERE kind = 'purchase'",
        {"posted_as_the_state_demands", "history_is_legal", "limits_are_counted"},
    ),
    "a skipped state": (
        "UPDATE payments_paymentmove SET from_state = 'authorized' WHERE to_state = 'completed'",
        {"history_is_legal"},
    ),
    "two newest states": (
        (
            "DROP INDEX payments_paymentmove_one_newest; "
            "UPDATE payments_paymentmove SET most_recent = true"
        ),
        {"history_is_legal"},
    ),
    "a proof for another text": (
        "UPDATE payments_quote SET signed_text = replace(signed_text, ':1000', ':2000')",
        {"debits_are_approved", "approved_what_was_paid"},
    ),
    "a proof that was never used": (
        "UPDATE people_proof SET used_at = NULL, used_by = NULL",
        {"debits_are_approved"},
    ),
    "another payer's proof": (
        "UPDATE payments_payment SET payer_id = payer_id + 1000",
        {"debits_are_approved", "approved_what_was_paid"},
    ),
    "a leg without its answer": (
        "UPDATE payments_attempt SET outcome = 'unknown'",
        {"legs_are_answered"},
    ),
    "a split that does not add up": (
        "UPDATE payments_split SET total_minor = total_minor + 1",
        {"splits_add_up"},
    ),
    "a request paid by nothing": (
        "UPDATE payments_paymentrequest SET payment_ref = 'pay_nothing'",
        {"requests_are_paid"},
    ),
    "an amount held for nothing": (
        "UPDATE payments_ledgeraccount SET held = 1 WHERE floor IS NULL",
        {"holds_are_counted"},
    ),
    "a return to another account": (
        "UPDATE payments_leg SET account_token = 'elsewhere' WHERE kind = 'credit'",
        {"returns_follow_the_trace"},
    ),
    "money that stays in flight": (
        "DELETE FROM payments_ledgertransfer WHERE kind = 'deliver'",
        {"in_flight_is_under_way", "balance_is_sum"},
    ),
    "a payment from before the country was open": (
        "UPDATE payments_payment SET created_at = created_at - interval '1 year'",
        {"made_where_open"},
    ),
    "a narrow key": (
        "ALTER TABLE payments_ledgerinbox ALTER COLUMN id TYPE integer",
        {"keys_are_wide"},
    ),
    "a trigger asleep": ("SELECT 1", {"lines_do_not_change"}),
    "a message that nobody can find": (
        "UPDATE messaging_conversation SET last_seq = last_seq + 1",
        {"messages_are_numbered"},
    ),
    "a group whose members nobody counted": (
        "UPDATE messaging_conversation SET kind = 'group'",
        {"groups_are_counted"},
    ),
    "a forgotten limit": (
        "UPDATE payments_limitusage SET used = used - 1",
        {"limits_are_counted"},
    ),
    "a refund that its payment does not count": (
        "UPDATE payments_payment SET refunded_minor = 0, state = 'completed'",
        {"refunds_within_what_was_paid"},
    ),
    "a refund without its line": (
        "DELETE FROM payments_ledgertransfer WHERE kind = 'refund'",
        {"balance_is_sum", "refunds_are_posted"},
    ),
    "an entry that the books do not know": (
        (
            "INSERT INTO payments_payableentry"
            " (public_id, party_id, currency, kind, delta_minor, at)"
            " SELECT 'ent_x', payee_id, currency, 'release', 5, now() FROM payments_payment"
            "  WHERE kind = 'purchase'"
        ),
        {"shops_are_owed_their_sales"},
    ),
    "money held for no dispute": (
        (
            "INSERT INTO payments_ledgeraccount"
            " (kind, currency, party_id, bank, balance, floor, takes_inbox)"
            " SELECT 'held', 'BRL', payee_id, '', 5, 0, false FROM payments_payment"
            "  WHERE kind = 'purchase'"
        ),
        {"sum_is_zero", "balance_is_sum", "disputes_are_held"},
    ),
    "a payment that nobody disputes": (
        "UPDATE payments_payment SET state = 'disputed' WHERE kind = 'purchase'",
        {"history_is_legal", "disputes_and_payments_agree"},
    ),
    "a payout of nothing": (
        (
            "INSERT INTO payments_payout (public_id, party_id, bank_id, account_token,"
            " account_last4, holder_name, gross_minor, fee_minor, net_minor, currency, state,"
            " bank_reference, reason, created_at)"
            " SELECT 'pyo_x', payee_id, (SELECT min(id) FROM payments_bank), '', '', '', 9, 0, 9,"
            " 'BRL', 'ready', '', '', now() FROM payments_payment WHERE kind = 'purchase'"
        ),
        {"payouts_add_up", "shops_are_owed_their_sales"},
    ),
    "money delivered to another": (
        (
            "UPDATE payments_ledgeraccount SET party_id = party_id + 1000 WHERE kind = 'payable';"
            "UPDATE payments_payoutaccount SET party_id ="
            " (SELECT min(payer_id) FROM payments_payment)"
        ),
        {"amounts_as_agreed"},
    ),
    "a hold that nobody heeded": (
        (
            "INSERT INTO payments_regulatorhold (public_id, country_id, capability, level, reason,"
            " legal_reference, document_name, document_sha256, imposed_by_id, imposed_at)"
            " SELECT 'hld_x', capability.country_id, 'purchase', 'stop_new', 'x', 'x', '', '',"
            " opened_by_id, now() - interval '1 day'"
            " FROM payments_countrycapability AS capability WHERE capability = 'purchase'"
        ),
        {"made_under_no_hold"},
    ),
    "money charged back by no line": (
        "UPDATE payments_ledgeraccount SET kind = 'chargebacks' WHERE kind = 'fee_income'",
        {"chargebacks_are_explained"},
    ),
    "a mark that is no sum": (
        (
            "INSERT INTO payments_ledgermark (account_id, until, sum_minor, first_seq, last_seq)"
            " SELECT min(credit_id), max(at), 1, min(seq), max(seq) FROM payments_ledgertransfer"
        ),
        {"marks_are_sums"},
    ),
    "money in suspense for no line": (
        "UPDATE payments_ledgeraccount SET kind = 'suspense' WHERE kind = 'fee_income'",
        {"suspense_is_explained"},
    ),
    "a line split into nothing": (
        (
            "INSERT INTO payments_statement (public_id, bank_id, date, sequence, issue,"
            " statement_reference, sha256, currency, opening_minor, closing_minor, stage,"
            " line_count, imported_at)"
            " SELECT 'stm_x', min(id), current_date, 1, 1, '', '', 'BRL', 0, 0, 'finished', 1,"
            " now() FROM payments_bank;"
            "INSERT INTO payments_statementline (statement_id, bank_id, position, direction,"
            " amount_minor, currency, end_to_end_id, instruction_id, bank_reference, remittance,"
            " booked_date, state, is_repeat, note)"
            " SELECT id, bank_id, 1, 'into', 5, 'BRL', '', '', '', '', date, 'split', false, ''"
            " FROM payments_statement"
        ),
        {"parts_make_the_line"},
    ),
    "a payout posted before it was claimed": (
        (
            "INSERT INTO payments_payout (public_id, party_id, bank_id, account_token,"
            " account_last4, holder_name, gross_minor, fee_minor, net_minor, currency, state,"
            " bank_reference, reason, created_at)"
            " SELECT 'pyo_x', payee_id, (SELECT min(id) FROM payments_bank), '', '', '', 9, 0, 9,"
            " 'BRL', 'ready', '', '', now() FROM payments_payment WHERE kind = 'purchase';"
            "UPDATE payments_ledgertransfer SET payment_ref = 'pyo_x' WHERE kind = 'fee'"
        ),
        {"payouts_are_posted"},
    ),
}


@pytest.fixture
def books(brazil: Simulator) -> None:
    """Two payments that went through: to Bruno, for half of a bill, and to the bakery, in part."""
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    padaria = new_business(brazil)
    bill = {
        "from": [{"party": ana.party}],
        "amount": {"amount_minor": 20_00, "currency": "BRL"},
        "split": {"mode": "equal", "own": 1},
    }
    asked = bruno.post("/v1/payment-requests", bill, key=new_key()).json()["data"][0]["id"]
    assert ana.pay({"request": asked}).status_code == 201
    bought = ana.pay({"party": padaria.public_id}, 10_00)
    assert bought.status_code == 201
    work()
    give_back(padaria, bought.json()["id"], 2_00)
    work()
    sent = Payment.objects.get(kind="person_to_person").public_id
    assert bruno.pay({"return": sent}).status_code == 201
    work()


@pytest.fixture
def damage() -> Callable[[str], None]:
    """Damage the database as no part of the product can: with triggers asleep."""

    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            for table in ("payments_ledgertransfer", "payments_ledgeraccount"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(statement)

    return run


def found() -> set[str]:
    return {each.check.name for each in run_checks() if each.offenders}


def test_good_books_are_proven(books: None) -> None:
    out = StringIO()
    call_command("check_ledger", stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[-1] == "The books are proven."
    assert len(lines) == len(all_checks()) + 1
    assert all(" ok " in line for line in lines[:-1])


def test_empty_books_are_proven(db: None) -> None:
    assert found() == set()


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found(books: None, damage: Callable[[str], None], name: str) -> None:
    statement, expected = DAMAGE[name]
    damage(statement)
    assert found() >= expected
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("check_ledger", stdout=out)
    assert all(check in out.getvalue() for check in expected)


def test_every_check_finds_some_damage() -> None:
    reached = set().union(*(expected for _statement, expected in DAMAGE.values()))
    # A floor is held by the table itself; see test_ledger_post.
    assert reached == {check.name for check in all_checks()} - {"floors_hold"}
