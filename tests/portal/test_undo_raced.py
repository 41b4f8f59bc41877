"""What is taken back at the moment in which somebody else changes it stays as they left it.

The other one has changed it and not committed; the way back looks, waits, and must look again.
"""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from core.clock import business_now
from core.transactions import owns_block
from merchants.enums import Role
from merchants.models import (
    Assignment,
    Holiday,
    Label,
    LabelledTalk,
    Product,
    QuickReply,
    SavedView,
    Shop,
)
from merchants.services import desk
from messaging.models import Conversation
from people.models import Person
from tests.front.serving import wait_until
from tests.merchants import cast as consumers
from tests.merchants.test_desk_raced import somebody_waits
from tests.portal import cast
from tests.portal.test_talk import write
from tests.portal.test_undo import told, ways_back

pytestmark = pytest.mark.django_db(transaction=True)
STAYS = "It was changed meanwhile, and stays as it is."


@pytest.fixture
def rita(shop: Shop) -> Person:
    """Rita, who manages the bakery beside Zé."""
    return cast.member_of(shop, Role.MANAGER, "Rita").person


@pytest.fixture
def talk(ana: consumers.Caller, shop: Shop) -> str:
    return write(ana, shop, "Tem pão?")


def undo_beside(
    owner: cast.Clerk, in_threads: Any, way: str, change: Callable[[], object]
) -> list[str]:
    """Press a way back while somebody else's change is there and not committed; what is told."""
    is_held = threading.Event()

    def other() -> None:
        with owns_block():
            change()
            is_held.set()
            wait_until(somebody_waits, seconds=20)

    def press() -> int:
        assert is_held.wait(20)
        return int(owner.post(way).status_code)

    assert in_threads(other, press) == [None, 303]
    return told(owner, "/team")


def lock(shop: Shop) -> None:
    """Lock the shop's row, as every change of its desk does."""
    Shop.objects.select_for_update(no_key=True).get(pk=shop.pk)


def test_a_product_that_is_archived_meanwhile_stays_archived(
    owner: cast.Clerk, bread: Product, in_threads: Any
) -> None:
    owner.post("/catalogue/bulk", verb="hide", id=[bread.public_id])
    (way,) = ways_back(owner, "/team")

    def archive() -> None:
        Product.objects.filter(pk=bread.pk).update(archived_at=business_now())

    assert undo_beside(owner, in_threads, way, archive) == [STAYS]
    bread.refresh_from_db()
    assert (bread.is_visible, bread.archived_at is not None) == (False, True)


def test_a_talk_that_goes_on_meanwhile_stays_theirs(
    owner: cast.Clerk, shop: Shop, talk: str, rita: Person, in_threads: Any
) -> None:
    owner.post(f"/conversations/{talk}/mark", verb="assign", login=owner.login)
    (way,) = ways_back(owner, "/team")

    def take() -> None:
        lock(shop)
        Assignment.objects.filter(ended_at__isnull=True).update(ended_at=business_now())
        Assignment.objects.create(
            shop=shop,
            conversation_id=Conversation.objects.get(public_id=talk).pk,
            assignee=rita,
            assigner=rita,
            begun_at=business_now(),
        )

    assert undo_beside(owner, in_threads, way, take) == [STAYS]
    assert Assignment.objects.get(ended_at__isnull=True).assignee == rita


def test_a_label_that_is_taken_off_meanwhile_is_told_so(
    owner: cast.Clerk, shop: Shop, talk: str, in_threads: Any
) -> None:
    desk.put_label(shop_id=shop.pk, name="VIP", colour="ok")
    owner.post(f"/conversations/{talk}/mark", verb="stick", label="VIP")
    (way,) = ways_back(owner, "/team")
    assert undo_beside(owner, in_threads, way, LabelledTalk.objects.all().delete) == [STAYS]


def test_a_label_that_is_made_meanwhile_stays(
    owner: cast.Clerk, shop: Shop, in_threads: Any
) -> None:
    desk.put_label(shop_id=shop.pk, name="VIP", colour="ok")
    owner.post("/desk", verb="remove_label", name="VIP")
    (way,) = ways_back(owner, "/team")

    def make() -> None:
        lock(shop)
        Label.objects.create(shop=shop, name="vip", colour="bad")

    words = ["There is a label of that name again."]
    assert undo_beside(owner, in_threads, way, make) == words
    assert Label.objects.get(removed_at__isnull=True).colour == "bad"


def test_a_word_that_is_given_meanwhile_means_what_it_means(
    owner: cast.Clerk, shop: Shop, in_threads: Any
) -> None:
    desk.put_quick_reply(shop_id=shop.pk, shortcut="oi", text="Bom dia!")
    owner.post("/desk", verb="remove_reply", shortcut="oi")
    (way,) = ways_back(owner, "/team")

    def give() -> None:
        lock(shop)
        now = business_now()
        QuickReply.objects.create(shop=shop, shortcut="oi", text="Boa noite!", changed_at=now)

    words = ["That word means something else by now."]
    assert undo_beside(owner, in_threads, way, give) == words
    assert QuickReply.objects.get().text == "Boa noite!"


def test_a_holiday_that_is_named_meanwhile_keeps_its_name(
    owner: cast.Clerk, shop: Shop, in_threads: Any
) -> None:
    day: date = (business_now() + timedelta(days=9)).date()
    owner.post("/desk", verb="holiday", day=str(day), name="Carnaval")
    owner.get("/team")
    owner.post("/desk", verb="remove_holiday", day=str(day))
    (way,) = ways_back(owner, "/team")

    def name() -> None:
        lock(shop)
        Holiday.objects.create(shop=shop, day=day, name="Férias")

    assert undo_beside(owner, in_threads, way, name) == [STAYS]
    assert Holiday.objects.get().name == "Férias"


def test_a_view_that_is_kept_meanwhile_in_another_tab_stays(
    owner: cast.Clerk, shop: Shop, in_threads: Any
) -> None:
    owner.post("/views/orders", name="To do", query="state=placed", next="/portal/team")
    owner.get("/team")
    view = SavedView.objects.get()
    owner.post("/views/orders", remove=view.pk, next="/portal/team")
    (way,) = ways_back(owner, "/team")

    def keep() -> None:
        view.pk, view.query = None, "state=paid"
        view.save(force_insert=True)

    words = ["There is a view of that name again."]
    assert undo_beside(owner, in_threads, way, keep) == words
    assert SavedView.objects.get().query == "state=paid"


def test_two_tabs_take_it_back_once(owner: cast.Clerk, bread: Product, in_threads: Any) -> None:
    """Both have read the session before either has written it."""
    owner.post("/catalogue/bulk", verb="hide", id=[bread.public_id])
    (way,) = ways_back(owner, "/team")
    answers = in_threads(lambda: owner.post(way).status_code, times=2)
    assert set(answers) <= {303, 404}
    bread.refresh_from_db()
    assert bread.is_visible is True


def test_an_act_offers_what_it_changed_and_not_what_others_did_beside(
    owner: cast.Clerk, shop: Shop, bread: Product, in_threads: Any
) -> None:
    """Rita archives it in the moment in which Zé hides it: his hiding has changed nothing."""
    is_held = threading.Event()

    def archive() -> None:
        with owns_block():
            moment = business_now()
            Product.objects.filter(pk=bread.pk).update(is_visible=False, archived_at=moment)
            is_held.set()
            wait_until(somebody_waits, seconds=20)

    def hide() -> int:
        assert is_held.wait(20)
        hidden = owner.post("/catalogue/bulk", verb="hide", id=[bread.public_id])
        return int(hidden.status_code)

    assert in_threads(archive, hide) == [None, 303]
    assert ways_back(owner, "/team") == []
