"""A forgotten PIN: the bank confirms, everybody is told, a wait, and a new PIN on one device."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.clock import advance, business_now
from messaging.models import FeedRow
from people.models import Device, PinDevice, PinRecovery, Proof
from people.queries import pin_reset_at
from people.services import recovery
from people.services.challenges import open_challenge
from people.services.pins import NewPin
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    BANKS,
    PIN,
    Someone,
    enrol,
    join,
    new_account,
    new_payer,
    prove_quote,
    sign_in_again,
)
from tests.people.authenticator import Authenticator

pytestmark = pytest.mark.django_db

PATH = "/v1/me/pin/recovery"
NEW = "620837"
DAY = 24 * 3600


def ask_bank(someone: Someone) -> dict[str, str]:
    """Look into the bank's app."""
    source = someone.get("/v1/funding-sources").json()["data"][0]["id"]
    answer = someone.post("/v1/sandbox/funding-codes", {"funding_source": source})
    assert answer.status_code == 201
    return {"funding_source": source, "code": answer.json()["verification_code"]}


def finish(someone: Someone, pin: str = NEW, *, key: Any = None, purpose: str = "recovery") -> Any:
    challenge = someone.post("/v1/me/challenges", {"purpose": purpose}).json()
    signer = key or someone
    signature = signer.proof(challenge["digest"])["signature"]
    body = {"pin": pin, "pin_again": pin, "challenge": challenge["id"], "signature": signature}
    return someone.client.put(PATH, body, format="json")


def told() -> list[str]:
    rows = FeedRow.objects.filter(kind="security").order_by("id").values_list("payload", flat=True)
    return [row["what"] for row in rows]


def test_the_way_out_after_ten_wrong_pins(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    tablet = sign_in_again(ana)
    PinDevice.objects.filter(user=ana.person).update(failures=10)
    assert ana.get("/v1/me/pin").json()["must_reset"] is True
    assert ana.get(PATH).json() == {
        "state": "none",
        "id": None,
        "is_verified": None,
        "device_name": None,
        "is_this_device": None,
        "started_at": None,
        "ready_at": None,
        "expires_at": None,
    }
    started = ana.post(PATH, ask_bank(ana))
    assert started.status_code == 201, started.json()
    body = started.json()
    assert (body["state"], body["is_verified"], body["is_this_device"]) == ("waiting", True, True)
    row = PinRecovery.objects.get()
    assert row.ready_at - row.started_at == timedelta(hours=24)
    assert row.expires_at - row.ready_at == timedelta(days=7)
    assert tablet.get(PATH).json() == {**body, "is_this_device": False}
    early = finish(ana)
    assert (early.status_code, early.json()["code"]) == (409, "state_conflict")
    assert early.json()["ready_at"] == row.ready_at.isoformat()
    advance(DAY)
    assert ana.get(PATH).json()["state"] == "ready"
    done = finish(ana)
    assert (done.status_code, done.json()["tries_left"]) == (200, 5)
    assert pin_reset_at(ana.person) == PinDevice.objects.get(user=ana.person).set_at
    assert tablet.get("/v1/me").status_code == 401
    assert ana.get("/v1/me").status_code == 200
    assert told() == ["pin_changed", "recovery_started", "pin_reset"]
    challenge = ana.post("/v1/me/challenges", {"purpose": "pin"}).json()
    changed = {"pin": PIN, "pin_again": PIN, "challenge": challenge["id"]}
    changed["proof"] = ana.proof(challenge["digest"], NEW)
    assert ana.client.put("/v1/me/pin", changed, format="json").status_code == 200
    assert finish(ana).status_code == 404


def test_for_a_day_after_it_little_can_be_sent(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    advance(2 * DAY)
    ana.post(PATH, ask_bank(ana))
    advance(DAY)
    assert ana.quote({"party": bruno.party}, 300_00).json()["refusal"] is None
    assert finish(ana).status_code == 200
    refusal = ana.quote({"party": bruno.party}, 300_00).json()["refusal"]
    assert refusal["code"] == "limit_reached"
    advance(DAY + 1)
    assert ana.quote({"party": bruno.party}, 300_00).json()["refusal"] is None


def test_whoever_lost_their_only_passkey_gets_a_first_pin(brazil: Simulator) -> None:
    ana = join("Ana")
    assert ana.post(PATH).json()["code"] == "state_conflict"
    begun, finger = ana.post("/v1/me/passkeys/options").json(), Authenticator()
    made = {"registration": begun["registration"], "name": "Finger"}
    made["credential"] = finger.create(begun["webauthn"])
    assert ana.post("/v1/me/passkeys", made).status_code == 201
    assert ana.post(PATH).status_code == 201
    advance(7 * DAY + 1)
    assert finish(ana).json()["is_set"] is True
    assert pin_reset_at(ana.person) is not None


def test_the_tap_that_freezes_ends_a_recovery(brazil: Simulator) -> None:
    """It is what the notice offers: afterwards no new PIN lifts the freeze."""
    ana = enrol(join("Ana"), "Ana Souza")
    thief = sign_in_again(ana)
    for _ in range(2):
        assert thief.post(PATH).status_code == 201
        assert ana.post("/v1/me/freeze").status_code == 200
        assert ana.get(PATH).json()["state"] == "none"
    advance(7 * DAY + 1)
    assert finish(thief).status_code == 404
    assert told()[1:] == [
        "recovery_started",
        "frozen",
        "recovery_cancelled",
        "recovery_started",
        "recovery_cancelled",
    ]


def test_without_a_bank_it_takes_a_week(brazil: Simulator) -> None:
    ana = enrol(join("Ana"), "Ana Souza")
    assert ana.post(PATH).json()["is_verified"] is False
    advance(7 * DAY - 60)
    assert finish(ana).status_code == 409
    advance(61)
    assert finish(ana).status_code == 200


def test_any_device_stops_it_with_one_tap(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    thief = sign_in_again(ana)
    assert thief.post(PATH).status_code == 201
    again = ana.post(PATH, ask_bank(ana))
    assert (again.status_code, again.json()["code"]) == (409, "state_conflict")
    assert ana.client.delete(PATH).status_code == 204
    assert ana.client.delete(PATH).status_code == 404
    advance(8 * DAY)
    assert finish(thief).status_code == 404
    assert told() == ["pin_changed", "recovery_started", "recovery_cancelled"]
    assert ana.post(PATH).status_code == 201
    assert PinDevice.objects.get(user=ana.person).reset_at is None


def test_only_the_device_that_began_ends_it_and_only_in_time(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    other = sign_in_again(ana)
    ana.post(PATH, ask_bank(ana))
    advance(DAY)
    assert finish(other).status_code == 404
    for wrong in (finish(ana, key=other), finish(ana, purpose="pin")):
        assert (wrong.status_code, wrong.json()["code"]) == (403, "proof_rejected")
    assert finish(ana, "123456").json()["code"] == "pin_too_easy"
    advance(7 * DAY)
    assert ana.get(PATH).json()["state"] == "none"
    assert finish(ana).status_code == 404
    assert ana.post(PATH).status_code == 201
    assert sorted(PinRecovery.objects.values_list("end", flat=True)) == ["", "expired"]


def test_the_bank_has_to_confirm_anew(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    good = ask_bank(ana)
    wrong = {**good, "code": "000000"}
    for body, code in (
        (wrong, "funding_source_refused"),
        ({**good, "funding_source": ask_bank(bruno)["funding_source"]}, "not_found"),
        ({**good, "funding_source": "fnd_x"}, "not_found"),
        ({"funding_source": good["funding_source"]}, "input_invalid"),
        ({**good, "days": 0}, "unknown_field"),
        ({**good, "code": "4111 1111 1111 1111"}, "card_number_refused"),
    ):
        assert ana.post(PATH, body).json()["code"] == code, body
    assert PinRecovery.objects.count() == 0
    fresh = ask_bank(ana)
    assert ana.post(PATH, good).json()["code"] == "funding_source_refused"
    assert ana.post(PATH, fresh, key="one").status_code == 201
    assert ana.post(PATH, fresh, key="one").headers["Idempotent-Replayed"] == "true"
    assert PinRecovery.objects.count() == 1


def test_an_unverified_source_confirms_nothing(brazil: Simulator) -> None:
    ana = enrol(join("Ana"), "Ana Souza")
    account = new_account(brazil, ana.tax_id, balance_minor=0, bank=BANKS[0])
    body = {"kind": "bank_account", "bank": BANKS[0], "token": account["token"]}
    assert ana.post("/v1/funding-sources", body).status_code == 201
    code = ask_bank(ana)
    assert ana.post(PATH, code).json()["code"] == "funding_source_refused"
    ana.post(f"/v1/funding-sources/{code['funding_source']}/verify", {"code": code["code"]})
    assert ana.post(PATH, code).status_code == 201


def test_whoever_has_no_pin_recovers_none(brazil: Simulator) -> None:
    assert join("Ana").post(PATH).json()["code"] == "state_conflict"


def test_changing_the_pin_stops_a_recovery(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    sign_in_again(ana).post(PATH)
    challenge = ana.post("/v1/me/challenges", {"purpose": "pin"}).json()
    body = {"pin": NEW, "pin_again": NEW, "challenge": challenge["id"]}
    body["proof"] = ana.proof(challenge["digest"])
    assert ana.client.put("/v1/me/pin", body, format="json").status_code == 200
    assert PinRecovery.objects.get().end == "cancelled"
    assert told()[-2:] == ["recovery_cancelled", "pin_changed"]


def test_what_was_proven_before_pays_nothing_after(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    ana.post(PATH, ask_bank(ana))
    advance(DAY)
    prove_quote(ana, ana.quote({"party": bruno.party}, 10_00).json())
    assert finish(ana).status_code == 200
    assert Proof.objects.get().expires_at <= business_now()


@pytest.mark.django_db(transaction=True)
def test_stopping_races_with_the_new_pin(
    brazil: Simulator, in_threads: Callable[..., list[Any]], names_of: Callable[..., list[str]]
) -> None:
    ana = new_payer(brazil, "Ana")
    for number in range(8):
        before = PinDevice.objects.get(user=ana.person).pin_hash
        recovery.start_recovery(person=ana.person, device=ana.device, source_ref="")
        advance(7 * DAY)
        challenge = open_challenge(person=ana.person, purpose="recovery")
        signed = recovery.Signature(challenge.public_id, ana.key.sign(bytes(challenge.digest)))
        outcomes = in_threads(
            lambda signed=signed: recovery.finish_recovery(
                person=ana.person, device=ana.device, new=NewPin(NEW, NEW), signed=signed
            ),
            lambda: recovery.cancel_recovery(person=ana.person),
        )
        assert names_of(outcomes) == ["NotFound", "ok"]
        has_changed = PinDevice.objects.get(user=ana.person).pin_hash != before
        assert has_changed == (outcomes[0] is None), number
    assert Device.objects.filter(token_hash__isnull=True).count() == 0
