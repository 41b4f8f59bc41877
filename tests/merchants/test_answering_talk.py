"""What a shop says by itself: to whoever is new, and when nobody is there."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.clock import business_now
from core.models import Duty
from core.tasks import drain
from merchants.models import Shop, TalkSettings
from merchants.queries.desk import AutomaticWordsFacts, SpanFacts, absence_at
from merchants.services.answering import answer_new_message
from messaging.models import Member, Message
from people.services.blocks import block
from tests.merchants.cast import Caller, facts, new_shop
from tests.merchants.test_desk import put

pytestmark = pytest.mark.django_db
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
HOURS = tuple(SpanFacts(day, *span) for day in range(5) for span in ((480, 720), (780, 1080)))


def words(**more: Any) -> dict[str, Any]:
    said = {"greeting": "", "away_mode": "off", "away": "", "hours": []}
    return {**said, **more}


def set_words(ze: Caller, shop: Shop, **more: Any) -> None:
    answer = put(ze, f"/v1/shops/{shop.public_id}/automatic-words", words(**more))
    assert answer.status_code == 200, answer.json()


def write(caller: Caller, shop: Shop, client_id: str, text: str = "Oi") -> str:
    party = facts(shop).party_public_id
    talk = str(caller.post("/v1/conversations", {"with": [party]}).json()["id"])
    said = {"client_id": client_id, "type": "text", "text": text}
    assert caller.post(f"/v1/conversations/{talk}/messages", said).status_code == 201
    drain(seconds=20)
    return talk


def texts(shop: Shop) -> list[str]:
    rows = Message.objects.filter(sender_id=shop.party_id).order_by("id")
    return [row.content["text"] for row in rows]


def test_whoever_writes_for_the_first_time_is_greeted_once(
    ze: Caller, ana: Caller, shop: Shop
) -> None:
    set_words(ze, shop, greeting="Bem-vinda!")
    write(ana, shop, "a-1")
    write(ana, shop, "a-2")
    assert texts(shop) == ["Bem-vinda!"]
    # What a program says leaves the customer's words unread.
    assert Member.objects.get(party_id=shop.party_id).read_seq == 0
    # Told again, it says nothing new.
    duty = Duty.objects.filter(event="message.created").order_by("id")[0]
    ids = {key: duty.payload[key] for key in ("message_id", "recipients")}
    assert answer_new_message(**ids) == 0
    TalkSettings.objects.update(greeting="Outra")
    assert answer_new_message(**ids) == 0
    assert texts(shop) == ["Bem-vinda!"]


def test_whoever_comes_back_after_two_weeks_is_greeted_again(
    ze: Caller, ana: Caller, shop: Shop
) -> None:
    set_words(ze, shop, greeting="Bem-vinda!")
    write(ana, shop, "a-1")
    for days, greetings in ((13, 1), (15, 2)):
        then = business_now() - timedelta(days=days)
        _age(then)
        write(ana, shop, f"b-{days}")
        assert len(texts(shop)) == greetings


def _age(then: datetime) -> None:
    """Let everything have been said at a moment, past the trigger that keeps words as they were."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE messaging_message SET created_at = %s", [then])
        cursor.execute("SET session_replication_role = DEFAULT")


def test_nobody_there_is_said_once_in_each_conversation_and_absence(
    ze: Caller, ana: Caller, carla: Caller, shop: Shop
) -> None:
    set_words(ze, shop, greeting="Bem-vinda!", away_mode="always", away="Já voltamos.")
    write(ana, shop, "a-1")
    write(ana, shop, "a-2")
    write(carla, shop, "c-1")
    assert texts(shop) == ["Já voltamos."] * 2
    # Other words change nothing of the absence; coming back and leaving again does.
    set_words(ze, shop, away_mode="always", away="Voltamos logo.")
    write(ana, shop, "a-3")
    assert len(texts(shop)) == 2
    set_words(ze, shop)
    write(ana, shop, "a-4")
    set_words(ze, shop, away_mode="always", away="Voltamos logo.")
    write(ana, shop, "a-5")
    assert texts(shop)[2:] == ["Voltamos logo."]


def test_businesses_groups_and_late_duties_are_not_answered(
    ze: Caller, ana: Caller, carla: Caller, shop: Shop
) -> None:
    set_words(ze, shop, away_mode="always", away="Fechado.", greeting="Oi!")
    other = new_shop(carla.person, name="Bar da Carla")
    set_words(carla, other, away_mode="always", away="Fechado.", greeting="Oi!")
    from merchants.services.talk import send_text  # noqa: PLC0415
    from messaging.services.conversations import open_conversation  # noqa: PLC0415

    party = facts(other).party_public_id
    between = open_conversation(party_id=shop.party_id, other=party)
    send_text(
        shop_id=shop.pk,
        person=ze.person,
        conversation_id=between.public_id,
        client_id="z-1",
        text="Tem gelo?",
    )
    drain(seconds=20)
    assert Message.objects.count() == 1
    party = facts(shop).party_public_id
    talk = ana.post("/v1/conversations", {"with": [party]}).json()["id"]
    said = {"client_id": "a-1", "type": "text", "text": "Oi"}
    ana.post(f"/v1/conversations/{talk}/messages", said)
    _age(business_now() - timedelta(minutes=20))
    drain(seconds=20)
    assert Message.objects.count() == 2


def test_whom_the_shop_blocked_gets_no_answer(ze: Caller, ana: Caller, shop: Shop) -> None:
    set_words(ze, shop, greeting="Bem-vinda!")
    party = facts(shop).party_public_id
    talk = ana.post("/v1/conversations", {"with": [party]}).json()["id"]
    said = {"client_id": "a-1", "type": "text", "text": "Oi"}
    ana.post(f"/v1/conversations/{talk}/messages", said)
    assert ana.person.party is not None
    block(party_id=shop.party_id, other_public_id=ana.person.party.public_id)
    drain(seconds=20)
    assert texts(shop) == []


@pytest.mark.parametrize(
    ("local", "since"),
    [
        ((2026, 11, 25, 9, 0), None),
        ((2026, 11, 25, 11, 59), None),
        ((2026, 11, 25, 12, 0), (2026, 11, 25, 12, 0)),
        ((2026, 11, 25, 12, 59), (2026, 11, 25, 12, 0)),
        ((2026, 11, 25, 18, 0), (2026, 11, 25, 18, 0)),
        ((2026, 11, 26, 7, 59), (2026, 11, 25, 18, 0)),
        ((2026, 11, 28, 15, 0), (2026, 11, 27, 18, 0)),
        ((2026, 11, 30, 7, 59), (2026, 11, 27, 18, 0)),
    ],
)
def test_an_absence_lasts_from_closing_to_opening_by_the_shops_clock(
    local: tuple[int, ...], since: tuple[int, ...] | None
) -> None:
    set_up = AutomaticWordsFacts("", "outside_hours", "Fechado.", None, HOURS)
    moment = datetime(*local, tzinfo=SAO_PAULO)  # type: ignore[misc, arg-type]
    expected = None if since is None else datetime(*since, tzinfo=SAO_PAULO)  # type: ignore[misc, arg-type]
    assert absence_at(set_up, "America/Sao_Paulo", moment) == expected


@pytest.mark.parametrize(
    "bad",
    [
        {"away_mode": "always"},
        {"away_mode": "sometimes"},
        {"greeting": "x" * 1001},
        {"hours": [{"weekday": 0, "opens": "08:00", "closes": "08:00"}]},
        {"hours": [{"weekday": 7, "opens": "08:00", "closes": "09:00"}]},
        {"hours": [{"weekday": 0, "opens": "8:00", "closes": "09:00"}]},
        {"hours": [{"weekday": 0, "opens": "08:00", "closes": "24:01"}]},
        {
            "hours": [
                {"weekday": 0, "opens": "08:00", "closes": "12:00"},
                {"weekday": 0, "opens": "11:00", "closes": "13:00"},
            ]
        },
    ],
)
def test_bad_words_and_hours_change_nothing(ze: Caller, shop: Shop, bad: dict[str, Any]) -> None:
    span = {"weekday": 0, "opens": "08:00", "closes": "24:00"}
    set_words(ze, shop, greeting="Oi", hours=[span])
    path = f"/v1/shops/{shop.public_id}/automatic-words"
    before = ze.get(path).json()
    assert before["hours"] == [span]
    answer = put(ze, path, words(**bad))
    assert (answer.status_code, answer.json()["code"]) == (400, "input_invalid")
    assert ze.get(path).json() == before


def test_only_an_owner_changes_them(ze: Caller, ana: Caller, shop: Shop) -> None:
    from merchants.enums import Role  # noqa: PLC0415
    from merchants.services.team import add_member  # noqa: PLC0415

    add_member(shop_id=shop.pk, actor=ze.person, person=ana.person, role=Role.CASHIER)
    path = f"/v1/shops/{shop.public_id}/automatic-words"
    assert ana.get(path).status_code == 200
    assert put(ana, path, words()).status_code == 403
