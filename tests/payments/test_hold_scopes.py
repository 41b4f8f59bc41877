"""Holds over one bank or one party, holds that begin later, and what the database refuses."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from core.clock import advance, business_now
from core.errors import InputInvalid, NotFound
from payments.models import RegulatorHold, SettlementBatch
from payments.services.holds import HoldOrder, approve_lift, impose_order
from payments.services.settlement import claim_due_batches
from people.models import Party
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    new_business,
    new_payer,
    new_staff,
    prove_the_books,
    state_of,
    work,
)
from tests.payments.settlement_cast import cutoff, sell


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


@pytest.fixture
def carla(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Carla")


def order(level: str = "stop_new", **more: Any) -> RegulatorHold:
    facts = {"country": "BR", "reason": "review", "legal_reference": "Ofício 9/2026"} | more
    return impose_order(staff=new_staff("marta"), order=HoldOrder(level=level, **facts))


def lift(hold: RegulatorHold) -> None:
    for login in ("carlos", "dora"):
        approve_lift(staff=new_staff(login), hold_id=hold.public_id, reason="over")
    work()


def refusal(payer: Someone, payee: Someone) -> Any:
    return payer.quote({"party": payee.party}, 1_00).json()["refusal"]


@pytest.mark.django_db
def test_a_hold_over_a_person_tells_that_person_and_nobody_else(
    ana: Someone, bruno: Someone, carla: Someone
) -> None:
    ready = bruno.quote({"party": carla.party}, 1_00).json()
    hold = order(party=bruno.party)
    told = refusal(bruno, carla)
    assert told["code"] == "on_hold"
    assert told["detail"] == "An order stops payments of this account (Ofício 9/2026)."
    seen = refusal(ana, bruno)
    assert seen["code"] == "payee_unavailable"
    assert "hold" not in seen["detail"]
    assert "order" not in seen["detail"]
    assert refusal(ana, carla) is None
    answer = bruno.approve(ready)
    assert (answer.status_code, answer.json()["code"]) == (409, "on_hold")
    lift(hold)
    assert refusal(ana, bruno) is None


@pytest.mark.django_db
def test_a_hold_over_a_bank_stops_who_pays_or_is_paid_there(
    brazil: Simulator, ana: Someone, bruno: Someone, carla: Someone
) -> None:
    dora = new_payer(brazil, "Dora")
    hold = order(bank="banco-mar")
    assert refusal(ana, bruno)["code"] == refusal(bruno, ana)["code"] == "on_hold"
    assert refusal(carla, dora) is None
    lift(hold)
    assert refusal(ana, bruno) is None


@pytest.mark.django_db
def test_stop_all_over_a_person_keeps_only_their_money_waiting(
    ana: Someone, bruno: Someone, carla: Someone
) -> None:
    to_bruno = ana.pay({"party": bruno.party}, 5_00).json()["id"]
    to_carla = ana.pay({"party": carla.party}, 6_00).json()["id"]
    hold = order("stop_all", party=bruno.party)
    work()
    assert (state_of(to_bruno), state_of(to_carla)) == ("authorized", "completed")
    waiting = ana.get(f"/v1/payments/{to_bruno}").json()["waiting"]
    assert waiting["code"] == "regulator_hold"
    assert "Bruno" not in waiting["detail"]
    lift(hold)
    assert state_of(to_bruno) == "completed"
    prove_the_books()


@pytest.mark.django_db
def test_a_shop_under_stop_all_is_not_settled_and_the_others_are(fresh_brazil: Simulator) -> None:
    ana = new_payer(fresh_brazil, "Ana")
    padaria, quitanda = new_business(fresh_brazil), new_business(fresh_brazil, "Quitanda da Ana")
    for shop in (padaria, quitanda):
        sell(shop, ana, 10_00)
    order("stop_all", party=padaria.public_id)
    batch = cutoff()
    assert [each.party_id for each in batch.payouts.all()] == [quitanda.id]
    order("stop_all", bank="banco-mar")
    claimed = claim_due_batches(moment=business_now() + timedelta(days=3))
    banks = SettlementBatch.objects.filter(public_id__in=claimed).values_list("bank__slug")
    assert set(banks) == {("banco-ipe",)}
    prove_the_books()


@pytest.mark.django_db
def test_a_hold_may_begin_later(ana: Someone, bruno: Someone) -> None:
    hold = order(starts_at=business_now() + timedelta(hours=2))
    assert hold.starts_at is not None
    assert refusal(ana, bruno) is None
    assert ana.pay({"party": bruno.party}, 1_00).status_code == 201
    advance(2 * 3600 + 1)
    assert refusal(ana, bruno)["code"] == "country_closed"
    at_once = order(starts_at=business_now() - timedelta(hours=2))
    assert at_once.starts_at is None


@pytest.mark.django_db
def test_the_paper_is_kept_with_its_hash_and_odd_orders_impose_nothing(
    brazil: Simulator, ana: Someone
) -> None:
    hold = order(document=b"%PDF-1.7 stop", document_name="oficio.pdf")
    kept = RegulatorHold.objects.get(pk=hold.pk)
    assert bytes(kept.document or b"") == b"%PDF-1.7 stop"
    assert len(kept.document_sha256) == 64
    wrong: list[tuple[type[Exception], dict[str, Any]]] = [
        (NotFound, {"bank": "banco-nada"}),
        (NotFound, {"party": "pty_nobody"}),
        (NotFound, {"country": "FR"}),
        (InputInvalid, {"bank": "banco-mar", "party": ana.party}),
        (InputInvalid, {"document": b"x"}),
        (InputInvalid, {"document": b"x" * (5 * 1024 * 1024 + 1), "document_name": "x"}),
        (InputInvalid, {"legal_reference": " "}),
    ]
    for refused, facts in wrong:
        with pytest.raises(refused):
            order(**facts)
    assert RegulatorHold.objects.count() == 1


OPEN = (
    "UPDATE payments_countrycapability SET state = 'open', opened_by_id = {staff},"
    " evidence_id = {check}, since_at = {since}"
    " WHERE capability = 'purchase'"
)
CHECKED = (
    "INSERT INTO payments_availabilitycheck"
    " (country_id, capability, at, is_open, has_evidence, reasons, inputs)"
    " SELECT country_id, capability, now(), true, true, '[]', '{}'"
    "   FROM payments_countrycapability WHERE capability = 'purchase'"
)


def tried(dsn: str, *statements: str) -> str:
    """Run statements as the product's own role; the name of the constraint that refused."""
    with psycopg.connect(dsn) as strange:
        try:
            for each in statements:
                strange.execute(each)
        except psycopg.errors.Error as error:
            return error.diag.constraint_name or type(error).__name__
        strange.rollback()
    return "nothing"


@pytest.mark.django_db(transaction=True)
def test_the_product_itself_cannot_open_without_what_it_takes(
    brazil: Simulator, app_role_dsn: str
) -> None:
    """Raw SQL, with the evidence made up: the database counts what is there."""
    staff = new_staff("marta").pk
    close = "UPDATE payments_countrycapability SET state = 'suspended', since_at = now()"
    newest = "(SELECT max(id) FROM payments_availabilitycheck WHERE capability = 'purchase')"
    oldest = newest.replace("max", "min")
    now = OPEN.format(staff=staff, check=newest, since="now()")
    guard = "payments_countrycapability_evidence_fresh"
    away = {
        "a bank": "UPDATE payments_bankagreement SET state = 'suspended' WHERE id IN"
        " (SELECT min(id) FROM payments_bankagreement)",
        "the clearance": "UPDATE payments_regulatorclearance SET valid_to_date = '2020-02-02'",
        "its notice": "UPDATE payments_regulatorclearance SET notice_days = 30,"
        " notified_date = current_date",
        "the limits": "DELETE FROM payments_limitrule WHERE kind = 'purchase'",
        "no hold": "INSERT INTO payments_regulatorhold (public_id, country_id, capability, level,"
        " reason, legal_reference, document_name, document_sha256, imposed_by_id, imposed_at)"
        " SELECT 'hld_x', id, '', 'stop_new', 'x', 'x', '', '', imposer, now()"
        " FROM payments_country, (SELECT min(opened_by_id) AS imposer"
        " FROM payments_countrycapability) AS somebody",
    }
    assert tried(app_role_dsn, close, CHECKED, now) == "nothing"
    refused = {name: tried(app_role_dsn, close, each, CHECKED, now) for name, each in away.items()}
    assert refused == dict.fromkeys(away, guard)
    assert tried(app_role_dsn, close, CHECKED, now.replace(newest, "NULL")) == guard
    assert tried(app_role_dsn, close, CHECKED, now.replace(newest, oldest)) == guard
    back = OPEN.format(staff=staff, check=newest, since="now() - interval '1 day'")
    assert tried(app_role_dsn, close, CHECKED, back) == guard


@pytest.mark.django_db(transaction=True)
def test_a_hold_is_neither_changed_nor_removed_by_the_product_itself(
    brazil: Simulator, app_role_dsn: str, padaria: Party
) -> None:
    order("stop_all", party=padaria.public_id)
    change_it = "UPDATE payments_regulatorhold SET {}"
    assert tried(app_role_dsn, "DELETE FROM payments_regulatorhold") == "InsufficientPrivilege"
    for change in (
        "party_id = NULL",
        "starts_at = now() + interval '1 day'",
        "legal_reference = 'x'",
        "capability = 'refund'",
        "level = 'stop_new'",
    ):
        stays = "payments_regulatorhold_only_lifted_once"
        assert tried(app_role_dsn, change_it.format(change)) == stays
    lifted = tried(app_role_dsn, change_it.format("lifted_at = now()"))
    assert lifted == "payments_regulatorhold_two_lift"


@pytest.fixture
def padaria(brazil: Simulator) -> Party:
    return new_business(brazil)
