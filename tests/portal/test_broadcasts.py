"""News to customers in the portal: looked at before it goes, planned once, called off in time."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.clock import business_now
from merchants.enums import Role
from merchants.models import Broadcast, Recipient, Shop
from merchants.services.news_wishes import wish_for_news
from merchants.tasks import send_broadcasts
from messaging.models import Message
from people.models import AuditEntry
from tests.merchants import cast as consumers
from tests.merchants.test_broadcasts import party_of
from tests.portal import cast
from tests.portal.test_lists import cost, lines_of

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("America/Sao_Paulo")


@pytest.fixture
def wanted(ana: consumers.Caller, carla: consumers.Caller, shop: Shop) -> None:
    """Ana and Carla, who asked for the bakery's news."""
    for caller in (ana, carla):
        wish_for_news(shop_id=shop.pk, party_id=party_of(caller), is_wanted=True)


def write(clerk: cast.Clerk, verb: str, text: str = "Bolo de milho!", **more: str) -> Any:
    return clerk.post("/news/new", verb=verb, **{"text": text, "client_id": "f1", **more})


def test_news_is_looked_at_sent_once_and_counted(
    owner: cast.Clerk, wanted: None, ana: consumers.Caller, shop: Shop
) -> None:
    assert "Nothing sent yet" in owner.body("/news")
    looked = write(owner, "look")
    assert (looked.status_code, looked.context["audience"]) == (200, 2)
    assert "Bolo de milho!" in looked.content.decode()
    assert Broadcast.objects.count() == 0
    assert [write(owner, "send").status_code for _ in range(2)] == [303, 303]
    planned = Broadcast.objects.get()
    wish_for_news(shop_id=shop.pk, party_id=party_of(ana), is_wanted=False)
    assert send_broadcasts() == 1
    page = owner.get(f"/news/{planned.public_id}").context
    assert (page["broadcast"]["state"], page["broadcast"]["sent"]) == ("done", 1)
    (row,) = owner.rows("/news")
    assert (row["sent"], row["skipped"], row["author"]) == (1, 0, "Zé")
    assert [line[5] for line in lines_of(owner.get("/news", export="csv"))] == ["reached", "1"]
    assert "Message (" not in owner.body("/conversations")
    acts = AuditEntry.objects.filter(action="broadcast.planned")
    assert [act.actor_id for act in acts] == [owner.person.pk]


def test_whoever_changes_their_mind_is_told_as_left_out(
    owner: cast.Clerk, wanted: None, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(owner, "send")
    monkeypatch.setattr("merchants.services.broadcasts.AT_ONCE", 1)
    assert send_broadcasts() == 1
    half = owner.get(f"/news/{Broadcast.objects.get().public_id}").context
    assert (half["is_alive"], half["broadcast"]["done"], half["broadcast"]["all"]) == (True, 1, 2)
    last = Recipient.objects.get(state="waiting")
    wish_for_news(shop_id=shop.pk, party_id=last.party_id, is_wanted=False)
    while send_broadcasts():
        pass
    page = owner.get(f"/news/{Broadcast.objects.get().public_id}").context
    assert [(str(each["words"]), each["count"]) for each in page["skipped"]] == [
        ("Wants no more news", 1)
    ]
    assert not page["is_alive"]


def test_it_is_planned_in_the_shops_own_time_and_called_off_before(
    owner: cast.Clerk, wanted: None
) -> None:
    at = (business_now() + timedelta(days=2)).astimezone(ZONE).replace(second=0, microsecond=0)
    assert write(owner, "send", starts_at=at.strftime("%Y-%m-%dT%H:%M")).status_code == 303
    planned = Broadcast.objects.get()
    assert planned.starts_at == at
    path = f"/news/{planned.public_id}"
    assert owner.get(path).context["audience"] == 2
    for _ in range(2):
        assert owner.post(f"{path}/stop").status_code == 303
    assert AuditEntry.objects.filter(action="broadcast.cancelled").count() == 1
    Broadcast.objects.update(starts_at=business_now())
    assert send_broadcasts() == 0
    assert owner.get(path).context["may_stop"] is False
    assert Message.objects.filter(kind="broadcast").count() == 0


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param({"text": ""}, id="no-text"),
        pytest.param({"text": "x" * 1025}, id="too-long"),
        pytest.param({"text": "a\u202eb"}, id="turned"),
        pytest.param({"starts_at": "soon"}, id="no-time"),
        pytest.param({"starts_at": "2020-01-02T10:00"}, id="over"),
        pytest.param({"starts_at": "2999-01-01T10:00"}, id="too-far"),
        pytest.param({"client_id": ""}, id="no-form"),
    ],
)
def test_what_cannot_be_sent_is_said_and_kept(owner: cast.Clerk, bad: dict[str, str]) -> None:
    refused = write(owner, "send", **bad)
    assert refused.status_code == 422
    assert Broadcast.objects.count() == 0
    assert "error" in refused.content.decode()


def test_a_third_within_a_day_is_refused(owner: cast.Clerk) -> None:
    codes = [write(owner, "send", client_id=f"f{n}").status_code for n in range(3)]
    assert codes == [303, 303, 422]
    assert Broadcast.objects.count() == 2


def test_only_who_runs_the_shop_sends_and_nobody_sees_a_neighbours(
    owner: cast.Clerk, shop: Shop, stranger: cast.Clerk, cashier: cast.Clerk
) -> None:
    assert write(cashier, "send").status_code == 403
    manager = cast.member_of(shop, Role.MANAGER, "Marta")
    assert write(manager, "send").status_code == 303
    path = f"/news/{Broadcast.objects.get().public_id}"
    for each in (path, "/news/brd_unknown"):
        assert stranger.get(each).status_code == 404
        assert stranger.post(f"{each}/stop").status_code == 404
    assert Broadcast.objects.get().state == "scheduled"
    assert stranger.rows("/news") == []


def test_the_list_costs_the_same_for_one_row_and_for_three(owner: cast.Clerk) -> None:
    write(owner, "send")
    assert cost(owner, "/news") == 11
    for number in range(2):
        write(owner, "send", client_id=f"g{number}")
        Broadcast.objects.update(starts_at=business_now() - timedelta(days=number + 2))
    assert (len(owner.rows("/news")), cost(owner, "/news")) == (3, 11)
