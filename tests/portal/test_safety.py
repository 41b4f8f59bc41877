"""Blocking and reporting a customer, and payment links in the conversation."""

import pytest

from merchants.models import PaymentLink, Shop
from messaging.models import Message, Report
from people.models import AuditEntry, Block
from tests.merchants import cast as consumers
from tests.portal import cast
from tests.portal.test_talk import write

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(ana: consumers.Caller, shop: Shop) -> str:
    return write(ana, shop, "Compre relógios!")


def test_a_customer_is_blocked_and_unblocked_on_record(
    owner: cast.Clerk, talk: str, ana: consumers.Caller, shop: Shop
) -> None:
    path = f"/conversations/{talk}/safety"
    assert path in owner.body(f"/conversations/{talk}")
    for _ in range(2):
        assert owner.post(path, verb="block").status_code == 303
    assert owner.get(path).context["is_blocked"] is True
    said = {"client_id": "m9", "type": "text", "text": "Oi?"}
    assert ana.post(f"/v1/conversations/{talk}/messages", said).status_code == 404
    refused = owner.post(f"/conversations/{talk}/text", text="Oi", client_id="w1")
    assert (refused.status_code, refused.context["draft"]) == (422, "Oi")
    assert "blocked the other" in refused.content.decode()
    for _ in range(2):
        owner.post(path, verb="unblock")
    assert not Block.objects.exists()
    assert ana.post(f"/v1/conversations/{talk}/messages", said).status_code == 201
    acts = AuditEntry.objects.filter(object_ref=shop.public_id, action__startswith="customer.")
    told = [(each.action, each.after["name"]) for each in acts.order_by("id")]
    assert told == [("customer.blocked", "Ana"), ("customer.unblocked", "Ana")]
    assert "Blocked a customer" in owner.body("/team/activity")


def test_the_conversation_shows_a_block_and_the_way_back(owner: cast.Clerk, talk: str) -> None:
    path = f"/conversations/{talk}"
    assert "You have blocked" not in owner.body(path)
    owner.post(f"{path}/safety", verb="block")
    page = owner.body(path)
    assert "You have blocked Ana" in page
    assert 'id="composer-line" aria-label="Message" disabled>' in page
    assert 'id="charge-dialog"' not in page
    back = owner.post(f"{path}/safety", verb="unblock", next=f"/portal{path}")
    assert (back.status_code, back["Location"]) == (303, f"/portal{path}")
    away = owner.post(f"{path}/safety", verb="unblock", next="https://evil.example/")
    assert away["Location"] == f"/portal{path}/safety"
    assert "You have blocked" not in owner.body(path)


def test_whom_a_customer_blocks_is_told_only_that_nothing_was_sent(
    owner: cast.Clerk, talk: str, ana: consumers.Caller, shop: Shop
) -> None:
    assert ana.person.party is not None
    Block.objects.create(
        blocker=ana.person.party, blocked_id=shop.party_id, created_at=shop.created_at
    )
    assert owner.get(f"/conversations/{talk}/safety").context["is_blocked"] is False
    assert "You have blocked" not in owner.body(f"/conversations/{talk}")
    assert owner.post(f"/conversations/{talk}/text", text="Oi", client_id="w1").status_code == 422
    assert owner.post("/conversations/cnv_unknown/text", text="Oi").status_code == 404


def test_a_conversation_is_reported_with_a_reason(owner: cast.Clerk, talk: str, shop: Shop) -> None:
    path = f"/conversations/{talk}/safety"
    owner.post(path, verb="report", reason="nothing")
    owner.post(path, verb="report", reason="scam", words="x" * 1001)
    assert not Report.objects.exists()
    owner.post(path, verb="report", reason="scam", words=" False receipt ", block="yes")
    report = Report.objects.get()
    assert (report.reason, report.words) == ("scam", "False receipt")
    assert (report.reporter_id, len(report.evidence)) == (shop.party_id, 1)
    assert Block.objects.filter(blocker_id=shop.party_id).count() == 1
    assert owner.post(path, verb="nothing").status_code == 404


def test_a_link_is_chosen_or_made_and_sent(owner: cast.Clerk, talk: str) -> None:
    path = f"/conversations/{talk}/link"
    wrong = owner.post(path, title="", amount="x")
    assert (wrong.status_code, PaymentLink.objects.count()) == (422, 0)
    fields = {"title": "Cesta", "amount": "249,90", "most_uses": "1", "client_id": "w1"}
    assert owner.post(path, **fields)["Location"] == f"/portal/conversations/{talk}"
    link = PaymentLink.objects.get()
    said = Message.objects.get(client_id="w1")
    assert (said.kind, said.content["text"].split("\n")[0]) == ("text", "Cesta · R$249.90")
    assert said.content["text"].endswith(f"/l/{link.code}")
    for _ in range(2):
        owner.post(path, link=link.public_id, client_id="w2")
    assert Message.objects.filter(client_id="w2").count() == 1
    assert link.title in owner.body(path)
    owner.post(f"/links/{link.public_id}/disable")
    gone = owner.post(path, link=link.public_id, client_id="w3")
    assert gone["Location"] == f"/portal{path}"
    assert not Message.objects.filter(client_id="w3").exists()


def test_links_and_customers_of_others_are_unknown(
    owner: cast.Clerk, stranger: cast.Clerk, talk: str
) -> None:
    stranger.post("/links/new", title="Cesta", amount="9,00")
    theirs = PaymentLink.objects.get().public_id
    for unknown in (theirs, "\0"):
        assert owner.post(f"/conversations/{talk}/link", link=unknown).status_code == 404
    for path in ("link", "safety"):
        assert stranger.get(f"/conversations/{talk}/{path}").status_code == 404
        assert stranger.post(f"/conversations/{talk}/{path}", verb="block").status_code == 404
    assert (Block.objects.count(), PaymentLink.objects.count()) == (0, 1)
