"""A payment and its bubble are one commit; every later state is shown in the same bubble."""

from typing import Any

import pytest

from core.money import Money
from core.transactions import owns_block
from messaging.handlers import show_payment
from messaging.models import Conversation, FeedRow, Message
from messaging.services.messages import post_message, refresh_content
from payments.models import Payment
from payments.services.demands import Asked, create_demand
from people.services.blocks import block
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, join, new_business, new_payer, work

pytestmark = pytest.mark.django_db

# What only an answer says: it depends on who reads.
FOR_READER: dict[str, Any] = {"warnings": [], "reactions": [], "state": None}


def talk_of(one: Someone, other_party: str) -> str:
    opened = one.post("/v1/conversations", {"with": [other_party]})
    assert opened.status_code == 200
    return str(opened.json()["id"])


def bubbles(someone: Someone, talk: str) -> list[dict[str, Any]]:
    rows = someone.get(f"/v1/conversations/{talk}/messages").json()["data"]
    return [row for row in rows if row["type"] == "payment"]


def told(party_id: int) -> list[str]:
    rows = FeedRow.objects.filter(party_id=party_id, kind="payment").order_by("xid", "id")
    return [row.payload["state"] for row in rows]


def test_the_bubble_comes_with_the_payment_and_is_refreshed(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    carla = join("Carla")
    payment = ana.pay({"party": bruno.party}, 25_00, note="pão").json()
    talk = talk_of(bruno, ana.party)
    (first,) = bubbles(bruno, talk)
    assert first["content"] == {
        "payment": payment["id"],
        "kind": "person_to_person",
        "state": "authorized",
        "amount": {"amount_minor": 25_00, "currency": "BRL"},
        "fee": {"amount_minor": 0, "currency": "BRL"},
        "refunded": {"amount_minor": 0, "currency": "BRL"},
        "refunding": {"amount_minor": 0, "currency": "BRL"},
        "payer": {"party": ana.party, "name": "Ana"},
        "payee": {"party": bruno.party, "name": "Bruno"},
        "note": "pão",
        "order": None,
        "failure_code": None,
        "receipt": None,
    }
    assert (first["sender"], first["client_id"], first["edited_at"]) == (ana.party, None, None)
    work()
    (shown,) = bubbles(ana, talk)
    receipt = ana.get(f"/v1/payments/{payment['id']}").json()["receipt"]
    assert shown["content"] == {**first["content"], "state": "completed", "receipt": receipt}
    assert (shown["id"], shown["seq"]) == (first["id"], 1)
    assert shown["edited_at"] is not None
    assert told(ana.party_id) == told(bruno.party_id) == ["authorized", "processing", "completed"]
    updated = FeedRow.objects.filter(kind="message.updated").order_by("xid", "id")
    states = [row.payload["content"]["state"] for row in updated]
    assert states == ["processing", "completed"]
    created = FeedRow.objects.get(kind="message.created")
    # What a reader is warned of is told to the reader, not in the feed.
    assert {**created.payload, **FOR_READER} == first
    assert {**list(updated)[-1].payload, **FOR_READER, "state": "sent"} == shown
    assert carla.get("/v1/conversations").json()["data"] == []
    kinds = [row["kind"] for row in carla.get("/v1/updates").json()["data"]]
    assert set(kinds) <= {"device"}
    inbox = bruno.get("/v1/conversations").json()["data"][0]
    assert (inbox["unread"], inbox["last_message"]["id"]) == (1, first["id"])
    assert ana.get("/v1/conversations").json()["data"][0]["unread"] == 0


def test_a_refused_payment_leaves_no_bubble(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    quote = ana.quote({"party": bruno.party}, 25_00).json()
    refused = ana.approve(quote, pin="000000")
    assert (refused.status_code, refused.json()["code"]) == (403, "proof_rejected")
    assert (Message.objects.count(), Conversation.objects.count()) == (0, 0)


def test_a_failed_payment_says_so_in_its_bubble(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana", balance_minor=10_00)
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    ana.pay({"party": bruno.party}, 25_00)
    work()
    (shown,) = bubbles(ana, talk_of(ana, bruno.party))
    assert shown["content"]["state"] == "failed"
    assert shown["content"]["failure_code"] == "insufficient_funds"


def test_an_order_is_paid_in_its_own_conversation(brazil: Simulator) -> None:
    ana, padaria = new_payer(brazil, "Ana"), new_business(brazil)
    talk = talk_of(ana, padaria.public_id)
    with owns_block():
        create_demand(
            kind="order",
            reference="ord_1",
            asked=Asked(
                payee_id=padaria.id,
                payer_id=ana.party_id,
                amount=Money(40_00, "BRL"),
                expires_at=None,
                conversation_ref=talk,
            ),
        )
    ana.pay({"order": "ord_1"})
    (shown,) = bubbles(ana, talk)
    assert (shown["content"]["order"], shown["content"]["kind"]) == ("ord_1", "purchase")
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize("ref", ["cnv_of_others", "cnv_unknown"])
def test_a_conversation_of_others_is_never_written_into(brazil: Simulator, ref: str) -> None:
    ana, padaria = new_payer(brazil, "Ana"), new_business(brazil)
    carla, bruno = join("Carla"), join("Bruno")
    others = talk_of(carla, bruno.party)
    with owns_block():
        create_demand(
            kind="order",
            reference="ord_1",
            asked=Asked(
                payee_id=padaria.id,
                payer_id=ana.party_id,
                amount=Money(40_00, "BRL"),
                expires_at=None,
                conversation_ref=others if ref == "cnv_of_others" else ref,
            ),
        )
    ana.pay({"order": "ord_1"})
    assert bubbles(carla, others) == []
    assert len(bubbles(ana, talk_of(ana, padaria.public_id))) == 1


def test_a_block_hides_no_money(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    talk = talk_of(ana, bruno.party)
    payment = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    block(party_id=bruno.party_id, other_public_id=ana.party)
    work()
    assert Payment.objects.get(public_id=payment).state == "completed"
    assert [row["content"]["state"] for row in bubbles(bruno, talk)] == ["completed"]


def test_showing_a_payment_again_shows_nothing_twice(brazil: Simulator) -> None:
    ana = new_payer(brazil, "Ana")
    bruno = new_payer(brazil, "Bruno", bank="banco-mar")
    payment = ana.pay({"party": bruno.party}, 25_00).json()["id"]
    before = Message.objects.values().get()
    with owns_block():
        show_payment(payment_id=payment)
    assert Message.objects.values().get() == before


def test_snapshots_are_single_or_not_and_checked(brazil: Simulator) -> None:
    ana, bruno = join("Ana"), join("Bruno")
    talk = talk_of(ana, bruno.party)
    product = {"product": "prd_1", "name": "Pão", "price": {}, "shop": "mer_1", "available": True}

    def post(kind: str, content: dict[str, Any], client_id: str | None = None) -> str:
        with owns_block():
            return post_message(
                conversation=talk,
                sender_party_id=ana.party_id,
                kind=kind,
                content=content,
                content_ref="prd_1",
                client_id=client_id,
            ).public_id

    first, second = post("product", product, "a"), post("product", product, "b")
    assert post("product", product, "a") == first != second
    with owns_block():
        sold_out = {**product, "available": False}
        assert refresh_content(kind="product", content_ref="prd_1", content=sold_out) == 2
        assert refresh_content(kind="product", content_ref="prd_1", content=sold_out) == 2
    assert FeedRow.objects.filter(kind="message.updated").count() == 2
    # The retry of a browser finds its message although it was refreshed meanwhile.
    assert post("product", product, "a") == first
    for kind, content in (("product", {"product": "x"}), ("poll", {}), ("text", {"text": "x"})):
        with pytest.raises(ValueError):  # noqa: PT011 - the kind decides which words.
            post(kind, content)
