"""Receipts: masked, signed, checkable by anybody, and true to what became of the payment."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import segno
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from payments.models import Payment, Receipt, ReceiptKey
from payments.receipt_codes import ALPHABET, new_code, read_code, shown_code
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, join, new_business, new_payer, prove_the_books, work

pytestmark = pytest.mark.django_db
KEYS = "/.well-known/troco-receipt-keys.json"
DOCS = Path(__file__).parents[2] / "docs" / "receipts.md"


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


@pytest.fixture
def anyone() -> Client:
    return Client()


def paid(payer: Someone, payee: str, **more: Any) -> str:
    """Pay and let the banks do their part; the payment's id."""
    made = payer.pay({"party": payee}, 25_00, **more)
    assert made.status_code == 201, made.json()
    work()
    return str(made.json()["id"])


def code_of(someone: Someone, payment: str) -> str:
    code = someone.get(f"/v1/payments/{payment}").json()["receipt"]["code"]
    return str(code)


def check_offline(folder: Path, receipt: Any, keys: Any) -> subprocess.CompletedProcess[str]:
    """Run the program of docs/receipts.md on two saved files."""
    program = re.search(r"```python\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert program is not None
    assert len(program.group(1).splitlines()) <= 15
    for name, value in (("receipt", receipt), ("keys", keys)):
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
    command = [
        sys.executable,
        "-c",
        program.group(1),
        str(folder / "receipt"),
        str(folder / "keys"),
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_completed_payment_has_a_receipt_and_no_other(ana: Someone, bruno: Someone) -> None:
    made = ana.pay({"party": bruno.party}, 25_00).json()
    assert made["receipt"] is None
    assert Receipt.objects.count() == 0
    work()
    seen = [who.get(f"/v1/payments/{made['id']}").json()["receipt"] for who in (ana, bruno)]
    assert seen[0] == seen[1]
    assert seen[0]["url"].endswith(f"/r/{seen[0]['code'].replace('-', '')}")
    listed = ana.get("/v1/payments").json()["data"][0]
    assert listed["receipt"] == seen[0]
    prove_the_books()


def test_a_failed_payment_has_none(brazil: Simulator, bruno: Someone) -> None:
    poor = new_payer(brazil, "Ana", balance_minor=1)
    payment = paid(poor, bruno.party)
    assert poor.get(f"/v1/payments/{payment}").json()["state"] == "failed"
    assert poor.get(f"/v1/payments/{payment}").json()["receipt"] is None
    assert Receipt.objects.count() == 0


def test_anybody_with_the_code_sees_it_masked(ana: Someone, bruno: Someone, anyone: Client) -> None:
    payment = paid(ana, bruno.party, note="for the secret party")
    answer = anyone.get(f"/v1/receipts/{code_of(ana, payment)}")
    assert answer.status_code == 200
    body = answer.json()
    assert body["payer"] == {"kind": "person", "name": "Ana S***"}
    assert body["payee"] == {"kind": "person", "name": "Bruno S***"}
    assert body["amount"] == {"amount_minor": 25_00, "currency": "BRL"}
    assert (body["state"], body["state_detail"]) == ("completed", "Paid. The money has arrived.")
    said = json.loads(body["signed_text"])
    assert said["payment"] == payment
    page = anyone.get(f"/r/{code_of(ana, payment)}").content.decode()
    for secret in (ana.tax_id, bruno.tax_id, "Souza", "secret party", str(ana.person.phone)):
        assert secret not in answer.content.decode()
        assert secret not in page


def test_a_business_is_named_in_full(ana: Someone, brazil: Simulator, anyone: Client) -> None:
    padaria = new_business(brazil)
    payment = paid(ana, padaria.public_id)
    body = anyone.get(f"/v1/receipts/{code_of(ana, payment)}").json()
    assert body["payee"] == {"kind": "business", "name": "Padaria do Zé Ltda"}


def test_it_can_be_checked_offline_and_not_be_changed(
    ana: Someone, bruno: Someone, anyone: Client, tmp_path: Path
) -> None:
    receipt = anyone.get(f"/v1/receipts/{code_of(ana, paid(ana, bruno.party))}").json()
    keys = anyone.get(KEYS).json()
    right = check_offline(tmp_path, receipt, keys)
    assert (right.returncode, right.stdout) == (
        0,
        "Ana S*** paid Bruno S*** {'amount_minor': 2500, 'currency': 'BRL'}\n",
    )
    more = receipt["signed_text"].replace("2500", "250000")
    forged = check_offline(tmp_path, {**receipt, "signed_text": more}, keys)
    assert forged.returncode == 1
    assert "InvalidSignature" in forged.stderr


def test_a_new_secret_leaves_old_receipts_good(
    ana: Someone, bruno: Someone, anyone: Client, tmp_path: Path, settings: Settings
) -> None:
    old = anyone.get(f"/v1/receipts/{code_of(ana, paid(ana, bruno.party))}").json()
    settings.TROCO_RECEIPT_KEY = "another secret"
    new = anyone.get(f"/v1/receipts/{code_of(ana, paid(ana, bruno.party))}").json()
    keys = anyone.get(KEYS).json()
    assert [key["kid"] for key in keys["keys"]] == [new["key_id"], old["key_id"]]
    assert ["exp" in key for key in keys["keys"]] == [False, True]
    assert [set(key) & {"d", "k"} for key in keys["keys"]] == [set(), set()]
    for receipt in (old, new):
        assert check_offline(tmp_path, receipt, keys).returncode == 0
    settings.TROCO_RECEIPT_KEY = "a third"
    paid(ana, bruno.party)
    assert ReceiptKey.objects.filter(valid_to__isnull=True).count() == 1


def test_the_state_is_the_one_of_now(ana: Someone, bruno: Someone, anyone: Client) -> None:
    code = code_of(ana, paid(ana, bruno.party))
    before = anyone.get(f"/v1/receipts/{code}").json()
    Payment.objects.update(state="refunded")
    after = anyone.get(f"/v1/receipts/{code}").json()
    assert (after["state"], after["state_detail"]) == (
        "refunded",
        "Paid, and later refunded in full.",
    )
    assert after["signed_text"] == before["signed_text"]
    assert "later refunded in full" in anyone.get(f"/r/{code}").content.decode()


def test_the_page_works_without_scripts_and_stays_out_of_search_engines(
    ana: Someone, bruno: Someone, anyone: Client
) -> None:
    code = code_of(ana, paid(ana, bruno.party))
    page = anyone.get(f"/r/{code}")
    html = page.content.decode()
    assert page.status_code == 200
    assert (page["X-Robots-Tag"], page["Cache-Control"]) == (
        "noindex, nofollow, noarchive",
        "no-store",
    )
    assert '<meta name="robots" content="noindex' in html
    assert "<script" not in html
    assert 'style="' not in html
    url = ana.get("/v1/payments").json()["data"][0]["receipt"]["url"]
    picture = segno.make(url, error="m", micro=False).svg_data_uri(
        border=4, dark="#000", light="#fff", omitsize=True
    )
    assert f'src="{picture}"' in html
    assert "R$" in html
    assert anyone.post(f"/r/{code}").status_code == 405


def test_a_code_that_names_nothing(anyone: Client, db: None) -> None:
    for code in (new_code(), "nothing", "O" * 20, "%F0%9F%A5%96", "a%00b"):
        page = anyone.get(f"/r/{code}")
        assert page.status_code == 404
        assert "There is no receipt with this code" in page.content.decode()
    problem = anyone.get(f"/v1/receipts/{new_code()}")
    assert (problem.status_code, problem.json()["code"]) == (404, "not_found")
    assert anyone.get(KEYS).json() == {"keys": []}


def test_codes_are_read_as_they_were_meant() -> None:
    code = "0123456789ABCDEFGHJK"
    assert shown_code(code) == "01234-56789-ABCDE-FGHJK"
    assert read_code("o1234-56789-abcde-fghjk") == code
    assert read_code("0i23456789abcdefghjk") == code
    assert read_code("01234-56789-ABCDE-FGHJ") is None
    assert read_code("0123456789ABCDEFGHJU") is None
    found = {new_code() for _ in range(100)}
    assert len(found) == 100
    assert all(set(each) <= set(ALPHABET) and len(each) == 20 for each in found)


def test_reading_one_costs_two_questions(ana: Someone, bruno: Someone, anyone: Client) -> None:
    code = code_of(ana, paid(ana, bruno.party))
    with CaptureQueriesContext(connection) as asked:
        anyone.get(f"/v1/receipts/{code}")
    assert len(asked) == 2


def test_only_the_payment_itself_shows_a_payment(ana: Someone, bruno: Someone) -> None:
    payment = paid(ana, bruno.party)
    talk = ana.get("/v1/conversations").json()["data"][0]["id"]
    path = f"/v1/conversations/{talk}/messages"
    bubbles = ana.get(path).json()["data"]
    assert [each["type"] for each in bubbles] == ["payment"]
    assert bubbles[0]["content"]["receipt"]["code"] == code_of(ana, payment)
    forged = {"client_id": "a", "text": "x"}
    for kind in ("payment", "receipt", "order", "request"):
        answer = ana.post(path, {**forged, "type": kind})
        assert (answer.status_code, answer.json()["code"]) == (400, "input_invalid")
    words = "✅ Payment completed · R$ 2.500,00 · receipt 01234-56789-ABCDE-FGHJK"
    sent = ana.post(path, {"client_id": "b", "type": "text", "text": words})
    assert sent.status_code == 201
    latest = bruno.get(path).json()["data"]
    assert {each["type"] for each in latest} == {"payment", "text"}
    assert len(latest) == 2


def test_somebody_else_finds_no_receipt_by_the_payment(ana: Someone, bruno: Someone) -> None:
    payment = paid(ana, bruno.party)
    carla = join("Carla")
    assert carla.get(f"/v1/payments/{payment}").status_code == 404
    assert carla.get(f"/v1/receipts/{payment}").status_code == 404
