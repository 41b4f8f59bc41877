"""The sandbox's doors, and the world that seeding makes."""

from datetime import timedelta

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from core.clock import business_now
from core.transactions import owns_block
from payments import tasks
from payments.models import (
    AgreementRail,
    BankAgreement,
    DayProof,
    KnownBank,
    Payout,
    RegulatorClearance,
    SettlementBatch,
)
from payments.services.availability import require_open
from payments.services.sandbox import play_banks
from payments.services.settlement import claim_due_batches
from payments.services.world import seed_world
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import enrol, join, new_business, new_payer, new_staff
from tests.payments.settlement_cast import SHOPS_BANK, sell

pytestmark = pytest.mark.django_db


def post(path: str, body: object, client: APIClient | None = None) -> object:
    return (client or APIClient()).post(f"/v1/sandbox/{path}", body, format="json")


def test_a_funding_token_belongs_to_the_callers_tax_id(brazil: Simulator) -> None:
    ana = join("Ana")
    body = {"bank": "banco-ipe", "kind": "bank_account", "balance_minor": 50_00}
    assert ana.post("/v1/sandbox/funding-tokens", body).status_code == 409
    enrol(ana, "Ana Souza")
    answer = ana.post("/v1/sandbox/funding-tokens", body)
    assert answer.status_code == 201
    assert sorted(answer.json()) == ["token", "verification_code"]
    linked = ana.post(
        "/v1/funding-sources",
        {"kind": "bank_account", "bank": "banco-ipe", "token": answer.json()["token"]},
    )
    code = {"code": answer.json()["verification_code"]}
    verified = ana.post(f"/v1/funding-sources/{linked.json()['id']}/verify", code)
    assert verified.status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"balance_minor": -1}, 400, "amount_invalid"),
        ({"balance_minor": 1.5}, 400, "amount_invalid"),
        ({"balance_minor": "1"}, 400, "amount_invalid"),
        ({"balance_minor": True}, 400, "amount_invalid"),
        ({"balance_minor": 2**63}, 400, "amount_invalid"),
        ({"kind": "balance"}, 400, "input_invalid"),
        ({"bank": "banco-nada"}, 404, "not_found"),
        ({"holder": "x"}, 400, "unknown_field"),
    ],
)
def test_a_wrong_funding_token_is_refused(
    brazil: Simulator, change: dict[str, object], status: int, code: str
) -> None:
    ana = enrol(join("Ana"), "Ana Souza")
    body = {"bank": "banco-ipe", "kind": "bank_account", "balance_minor": 50_00, **change}
    answer = ana.post("/v1/sandbox/funding-tokens", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_time_moves_forward_only_here_and_at_the_banks(fresh_brazil: Simulator) -> None:
    before = business_now()
    assert post("clock", {"advance_seconds": 3600}).status_code == 200  # type: ignore[attr-defined]
    assert business_now() - before >= timedelta(hours=1)
    assert fresh_brazil.client.get("/clock").json()["offset_seconds"] == 3600
    for wrong in (-1, 1.5, "9", 2**62):
        refused = post("clock", {"advance_seconds": wrong})
        assert refused.status_code == 400  # type: ignore[attr-defined]
    assert fresh_brazil.client.get("/clock").json()["offset_seconds"] == 3600


def test_the_doors_are_shut_elsewhere_and_in_a_live_instance(
    brazil: Simulator, settings: Settings
) -> None:
    far = APIClient(REMOTE_ADDR="203.0.113.9")
    assert post("clock", {"advance_seconds": 1}, far).status_code == 404  # type: ignore[attr-defined]
    settings.SANDBOX, settings.TROCO_MODE = False, "live"
    for path, body in (
        ("clock", {"advance_seconds": 1}),
        ("cutoff", {"bank": SHOPS_BANK}),
        ("banks/banco-mar/faults", {"fault": "down"}),
    ):
        assert post(path, body).status_code == 404  # type: ignore[attr-defined]


def test_faults_are_set_and_cleared(fresh_brazil: Simulator) -> None:
    answer = post("banks/banco-mar/faults", {"fault": "lost", "probability": 0.5, "seed": 7})
    assert answer.status_code == 201  # type: ignore[attr-defined]
    assert answer.json()["fault"] == "lost"  # type: ignore[attr-defined]
    assert post("banks/banco-mar/faults", {"fault": "nice"}).status_code == 400  # type: ignore[attr-defined]
    assert post("banks/banco-nada/faults", {"fault": "lost"}).status_code == 404  # type: ignore[attr-defined]
    assert APIClient().delete("/v1/sandbox/banks/banco-mar/faults").status_code == 204
    assert fresh_brazil.client.get("/banks/banco-mar/faults").json() in ([], {"faults": []})


def test_the_cutoff_door_answers_the_batch(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    answer = post("cutoff", {"bank": SHOPS_BANK})
    assert answer.status_code == 200, answer.json()  # type: ignore[attr-defined]
    body = answer.json()  # type: ignore[attr-defined]
    assert body["state"] == "acknowledged"
    (payout,) = body["payouts"]
    assert payout["state"] == "settled"
    assert payout["gross"] == {"amount_minor": 40_00, "currency": "BRL"}
    gross, fee, net = (payout[name]["amount_minor"] for name in ("gross", "fee", "net"))
    assert gross - fee == net == body["total"]["amount_minor"]
    assert post("cutoff", {"bank": "banco-nada"}).status_code == 404  # type: ignore[attr-defined]


def test_the_clocks_tasks_settle_a_day_by_themselves(fresh_brazil: Simulator) -> None:
    ana, padaria = new_payer(fresh_brazil, "Ana"), new_business(fresh_brazil)
    sell(padaria, ana, 40_00)
    AgreementRail.objects.update(settlement_days=0)
    for _ in range(3):
        assert post("clock", {"advance_seconds": 24 * 3600}).status_code == 200  # type: ignore[attr-defined]
        tasks.probe_health()
        tasks.check_countries()
        tasks.run_due_settlements()
        SettlementBatch.objects.filter(next_look_up_at__isnull=False).update(
            next_look_up_at="2020-01-01T00:00:00Z"
        )
        tasks.run_due_settlements()
        tasks.import_due_statements()
        tasks.look_up_unknowns()
        tasks.fold_ledger()
    assert Payout.objects.get().state == "settled"
    assert list(
        SettlementBatch.objects.exclude(state="skipped").values_list("state", flat=True)
    ) == ["reconciled"]
    assert DayProof.objects.filter(is_proven=False).count() == 0
    assert play_banks() == 0


def test_seeding_opens_three_countries_and_leaves_three_planned(
    db: None, fresh_banks: Simulator
) -> None:
    carlos = new_staff("carlos")
    seed_world(staff=carlos)
    seed_world(staff=carlos)
    for country in ("BR", "IN", "XX"):
        for capability in ("purchase", "person_to_person", "refund", "enrolment"):
            with owns_block():
                require_open(country=country, capability=capability, moment=business_now())
    for country in ("BD", "MX", "SG"):
        body = APIClient().get(f"/v1/availability/{country}").json()
        purchase = next(c for c in body["capabilities"] if c["capability"] == "purchase")
        assert purchase["stage"] == "planned"
        assert purchase["missing"] == [
            "2 more banks with a live signed agreement",
            "Limits for each payment, day and month",
            "A clearance by the regulator",
            "A person opening it",
        ]
    pilot = RegulatorClearance.objects.get(country__iso2="IN")
    assert (pilot.max_users, pilot.notice_days) == (1000, 30)
    assert KnownBank.objects.filter(country__iso2="MX", national_id="002").count() == 1
    assert BankAgreement.objects.filter(state="live").count() == 5
    assert len(claim_due_batches(moment=business_now())) == 5
