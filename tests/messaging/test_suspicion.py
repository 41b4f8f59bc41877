"""A chat that asks for money back elsewhere: its receiver is warned, its sender is not told."""

from typing import Any

import pytest

from core.clock import advance
from messaging.models import FeedRow, Message
from messaging.services.suspicion import asks_elsewhere
from payments.models import AskedElsewhere, Quote
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_payer, work

ASKED = [
    "Oi, te paguei errado? devolve pra essa chave: 11 98765-4321",
    "Foi por engano! manda de volta no CPF 123.456.789-09",
    "Estorna no e-mail maria@exemplo.com.br por favor",
    "DEVOLUÇÃO: 7b1e8c52-31d4-4c0e-9a55-1f2d3c4b5a69",
    "Wrong person, please send it back to +55 11 98765-4321",
    "Please refund to me@example.com, it was by mistake",
    "ভুল করে পাঠিয়েছেন, ০১৭১২৩৪৫৬৭৮ নম্বরে ফেরত দিন",
    "d\u200bevolve pra chave １１９８７６５４３２１",
]
HARMLESS = [
    "Devolve o livro amanhã?",
    "Meu número novo é 11 98765-4321",
    "Thanks for the refund!",
    "O almoço deu 32,50 e te devolvo na sexta",
    "ধন্যবাদ!",
]


@pytest.mark.parametrize("text", ASKED)
def test_asking_elsewhere_is_seen(text: str) -> None:
    assert asks_elsewhere(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_is_left_alone(text: str) -> None:
    assert not asks_elsewhere(text)


def say(someone: Someone, talk: str, text: str, client_id: str) -> Any:
    body = {"client_id": client_id, "type": "text", "text": text}
    answer = someone.post(f"/v1/conversations/{talk}/messages", body)
    assert answer.status_code == 201, answer.json()
    return answer.json()


def read(someone: Someone, talk: str) -> list[list[str]]:
    rows = someone.get(f"/v1/conversations/{talk}/messages").json()["data"]
    return [row["warnings"] for row in rows if row["type"] == "text"]


def codes(payer: Someone, payee: Someone) -> list[str]:
    quote = payer.quote({"party": payee.party}, 1_00).json()
    shown = [each["code"] for each in quote["payee"]["warnings"]]
    assert Quote.objects.get(public_id=quote["id"]).warnings == shown
    return shown


@pytest.mark.django_db
def test_the_receiver_is_warned_and_the_next_quote_says_so(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    carla = new_payer(brazil, "Carla", bank="banco-mar")
    talk = ana.post("/v1/conversations", {"with": [bruno.party]}).json()["id"]
    assert say(bruno, talk, ASKED[0], "one")["warnings"] == []
    assert (read(ana, talk), AskedElsewhere.objects.count()) == ([[]], 0)
    ana.pay({"party": bruno.party}, 25_00)
    work()
    assert codes(ana, carla) == ["first_payment"]
    assert say(bruno, talk, ASKED[0], "two")["warnings"] == []
    assert read(ana, talk) == [["return_elsewhere"], []]
    assert read(bruno, talk) == [[], []]
    inbox = ana.get("/v1/conversations").json()["data"][0]
    assert inbox["last_message"]["warnings"] == ["return_elsewhere"]
    told = FeedRow.objects.get(kind="warning")
    said = Message.objects.get(client_id="two")
    assert (told.party_id, told.payload) == (
        ana.party_id,
        {"message": said.public_id, "conversation": talk, "warnings": ["return_elsewhere"]},
    )
    created = FeedRow.objects.filter(kind="message.created").latest("id")
    assert "warnings" not in created.payload
    assert codes(ana, carla) == ["asked_elsewhere", "first_payment"]
    assert codes(ana, bruno) == []
    assert codes(bruno, carla) == ["first_payment"]
    advance(2 * 24 * 60 * 60 + 1)
    assert codes(ana, carla) == ["first_payment"]
