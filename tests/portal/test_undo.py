"""What was just done is taken back by the toast's button: once, by who did it, in their shop."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core import clock
from core.clock import business_now
from merchants.enums import Role
from merchants.models import (
    Assignment,
    Holiday,
    Label,
    Product,
    QuickReply,
    SavedView,
    Shop,
    TeamMember,
)
from merchants.portal.act_words import UNDONE
from merchants.portal.undo import ACTS, MOST_KEPT
from merchants.services import desk
from tests.merchants import cast as consumers
from tests.messaging.samples import picture
from tests.portal import cast
from tests.portal.test_talk import names, write

pytestmark = pytest.mark.django_db


def ways_back(clerk: cast.Clerk, path: str) -> list[str]:
    """Open a page, and return where its toasts post to."""
    answer = clerk.get(path)
    return [f"/undo/{each.extra_tags}" for each in answer.context["messages"] if each.extra_tags]


def told(clerk: cast.Clerk, path: str) -> list[str]:
    return [str(each) for each in clerk.get(path).context["messages"]]


def undone(clerk: cast.Clerk, path: str, **fields: Any) -> Any:
    """Do something, and press the button of its toast."""
    landed = clerk.post(path, **fields)
    assert landed.status_code == 303
    way = ways_back(clerk, landed["Location"].removeprefix("/portal"))[-1]
    return clerk.post(way, next="/portal/team")


@pytest.fixture
def talk(ana: consumers.Caller, shop: Shop) -> str:
    """Ana's conversation with the bakery."""
    return write(ana, shop, "Tem pão?")


def test_products_are_as_they_were(owner: cast.Clerk, shop: Shop, bread: Product) -> None:
    broa = consumers.new_product(shop, "Broa")
    owner.post("/catalogue/bulk", verb="hide", id=[broa.public_id])
    both = [bread.public_id, broa.public_id]
    back = undone(owner, "/catalogue/bulk", verb="hide", id=both)
    assert (back.status_code, back["Location"]) == (303, "/portal/team")
    assert [row["state"] for row in owner.rows("/catalogue")] == ["visible", "hidden"]
    undone(owner, "/catalogue/bulk", verb="archive", id=both)
    assert [row["state"] for row in owner.rows("/catalogue")] == ["visible", "hidden"]
    undone(owner, f"/catalogue/{bread.public_id}/archive", verb="archive")
    bread.refresh_from_db()
    assert (bread.archived_at, bread.is_visible) == (None, True)
    owner.post("/catalogue/bulk", verb="archive", id=both)
    undone(owner, f"/catalogue/{bread.public_id}/archive", verb="unarchive")
    bread.refresh_from_db()
    assert bread.archived_at is not None


def test_labels_and_who_looks_after_a_talk_are_as_they_were(
    owner: cast.Clerk, cashier: cast.Clerk, talk: str, shop: Shop
) -> None:
    mark, here = f"/conversations/{talk}/mark", f"/conversations/{talk}"
    desk.put_label(shop_id=shop.pk, name="VIP", colour="ok")

    def marks() -> tuple[list[str], str]:
        shown = owner.get(here).context["desk"]
        return [label.name for label in shown["labels"]], shown["holder"]

    undone(owner, mark, verb="stick", label="VIP")
    assert marks() == ([], "")
    owner.post(mark, verb="stick", label="VIP")
    undone(owner, mark, verb="peel", label="VIP")
    assert marks() == (["VIP"], "")
    owner.get(here)
    owner.post(mark, verb="assign", login=cashier.login)
    owner.get(here)
    undone(owner, mark, verb="assign", login=owner.login)
    assert marks() == (["VIP"], "Lia")
    undone(owner, mark, verb="assign", login="")
    assert marks() == (["VIP"], "Lia")
    assert Assignment.objects.filter(ended_at__isnull=True).count() == 1


def test_a_removed_label_comes_back_onto_its_talks(
    owner: cast.Clerk, talk: str, shop: Shop
) -> None:
    desk.put_label(shop_id=shop.pk, name="VIP", colour="ok")
    desk.stick_label(shop_id=shop.pk, conversation_id=talk, name="VIP")
    landed = owner.post("/desk", verb="remove_label", name="vip")
    (way,) = ways_back(owner, "/desk")
    assert landed["Location"] == "/portal/desk"
    assert names(owner.get("/conversations", label="VIP")) == []
    assert owner.get(f"/conversations/{talk}").context["desk"]["labels"] == []
    owner.post(way)
    assert names(owner.get("/conversations", label="VIP")) == ["Ana"]
    owner.get("/desk")
    owner.post("/desk", verb="remove_label", name="VIP")
    (way,) = ways_back(owner, "/desk")
    desk.put_label(shop_id=shop.pk, name="vip", colour="bad")
    owner.post(way)
    assert told(owner, "/desk") == ["There is a label of that name again."]
    clock.advance(2 * 24 * 3600)
    desk.remove_label(shop_id=shop.pk, name="vip")
    assert list(Label.objects.values_list("name", "colour")) == [("vip", "bad")]


def test_what_was_removed_is_kept_again(owner: cast.Clerk, shop: Shop) -> None:
    desk.put_quick_reply(shop_id=shop.pk, shortcut="oi", text="Bom dia!")
    undone(owner, "/desk", verb="remove_reply", shortcut="oi")
    assert QuickReply.objects.get().text == "Bom dia!"
    file = SimpleUploadedFile("oi.png", picture("PNG", (9, 9)))
    owner.post("/desk/replies", shortcut="oi", text="Bom dia!", file=file)
    owner.get("/desk")
    media = QuickReply.objects.get().media
    assert media is not None
    undone(owner, "/desk", verb="remove_reply", shortcut="oi")
    assert QuickReply.objects.get().media == media
    day = str((business_now() + timedelta(days=9)).date())
    owner.post("/desk", verb="holiday", day=day, name="Carnaval")
    owner.get("/desk")
    undone(owner, "/desk", verb="remove_holiday", day=day)
    assert Holiday.objects.get().name == "Carnaval"
    owner.post("/views/orders", name="To do", query="state=placed", next="/portal/orders")
    owner.get("/orders")
    view = SavedView.objects.get()
    undone(owner, "/views/orders", remove=view.pk, next="/portal/orders")
    assert SavedView.objects.get().query == "state=placed"


def test_a_word_that_means_something_else_by_now_stays_so(owner: cast.Clerk, shop: Shop) -> None:
    desk.put_quick_reply(shop_id=shop.pk, shortcut="oi", text="Bom dia!")
    owner.post("/desk", verb="remove_reply", shortcut="oi")
    (way,) = ways_back(owner, "/desk")
    desk.put_quick_reply(shop_id=shop.pk, shortcut="oi", text="Boa noite!")
    owner.post(way)
    assert told(owner, "/desk") == ["That word means something else by now."]
    assert QuickReply.objects.get().text == "Boa noite!"


def test_what_others_changed_meanwhile_stays_as_it_is(
    owner: cast.Clerk, shop: Shop, bread: Product
) -> None:
    rita, broa = cast.member_of(shop, Role.MANAGER, "Rita"), consumers.new_product(shop, "Broa")
    both = [bread.public_id, broa.public_id]
    owner.post("/catalogue/bulk", verb="hide", id=both)
    (way,) = ways_back(owner, "/catalogue")
    rita.post(f"/catalogue/{bread.public_id}/archive", verb="archive")
    owner.post(way)
    assert told(owner, "/catalogue") == ["Taken back, except for what was changed meanwhile."]
    assert [row["id"] for row in owner.rows("/catalogue", show="archived")] == [bread.public_id]
    assert [row["state"] for row in owner.rows("/catalogue")] == ["visible"]
    owner.post("/catalogue/bulk", verb="hide", id=[broa.public_id])
    (way,) = ways_back(owner, "/catalogue")
    rita.post("/catalogue/bulk", verb="archive", id=[broa.public_id])
    owner.post(way)
    assert told(owner, "/catalogue") == ["It was changed meanwhile, and stays as it is."]
    assert owner.rows("/catalogue") == []
    acts = [str(row["words"]) for row in owner.rows("/team/activity")]
    assert acts.count("Took something back") == 1


def test_a_talk_that_went_on_to_somebody_else_stays_theirs(
    owner: cast.Clerk, cashier: cast.Clerk, talk: str, shop: Shop
) -> None:
    mark, rita = f"/conversations/{talk}/mark", cast.member_of(shop, Role.MANAGER, "Rita")
    owner.post(mark, verb="assign", login=cashier.login)
    (way,) = ways_back(owner, "/team")
    cashier.post(mark, verb="assign", login=rita.login)
    owner.post(way)
    assert told(owner, "/team") == ["It was changed meanwhile, and stays as it is."]
    assert owner.get(f"/conversations/{talk}").context["desk"]["holder"] == "Rita"


def test_a_holiday_that_was_named_anew_keeps_its_name(owner: cast.Clerk) -> None:
    day = str((business_now() + timedelta(days=9)).date())
    owner.post("/desk", verb="holiday", day=day, name="Carnaval")
    owner.get("/desk")
    owner.post("/desk", verb="remove_holiday", day=day)
    (way,) = ways_back(owner, "/desk")
    owner.post("/desk", verb="holiday", day=day, name="Férias")
    owner.post(way)
    assert Holiday.objects.get().name == "Férias"


def test_what_changed_nothing_has_no_way_back(
    owner: cast.Clerk, talk: str, shop: Shop, bread: Product
) -> None:
    mark = f"/conversations/{talk}/mark"
    desk.put_label(shop_id=shop.pk, name="VIP", colour="ok")
    for _press in range(2):
        owner.post(mark, verb="stick", label="VIP")
        owner.post(mark, verb="assign", login=owner.login)
        owner.post("/catalogue/bulk", verb="hide", id=[bread.public_id])
    assert [each["act"] for each in owner.client.session["undo"]] == [
        *("label", "assignment", "products"),
    ]


def test_nothing_of_the_shelf_is_changed_in_a_closed_shop(
    owner: cast.Clerk, shop: Shop, bread: Product
) -> None:
    owner.post("/catalogue/bulk", verb="hide", id=[bread.public_id])
    (way,) = ways_back(owner, "/catalogue")
    Shop.objects.update(is_open=False, closed_at=business_now())
    assert owner.post(way)["Location"] == "/portal/"
    assert told(owner, "/team") == ["This shop has closed."]
    shown = owner.post("/catalogue/bulk", verb="show", id=[bread.public_id])
    archived = owner.post(f"/catalogue/{bread.public_id}/archive", verb="archive")
    assert {shown["Location"], archived["Location"]} == {"/portal/settings"}
    bread.refresh_from_db()
    assert (bread.is_visible, bread.archived_at) == (False, None)


def test_it_is_taken_back_once_and_in_time(owner: cast.Clerk, bread: Product) -> None:
    archive = f"/catalogue/{bread.public_id}/archive"
    owner.post(archive, verb="archive")
    (way,) = ways_back(owner, "/catalogue")
    assert owner.post(way).status_code == 303
    assert told(owner, "/catalogue") == ["Taken back."]
    assert owner.post(way).status_code == 404
    owner.post(archive, verb="archive")
    (late,) = ways_back(owner, "/catalogue")
    session = owner.client.session
    session["undo"] = [{**each, "at": each["at"] - 3600} for each in session["undo"]]
    session.save()
    owner.post(late)
    assert told(owner, "/catalogue") == ["It is too late to take this back."]
    bread.refresh_from_db()
    assert bread.archived_at is not None


def test_nobody_else_takes_it_back(
    owner: cast.Clerk, cashier: cast.Clerk, stranger: cast.Clerk, shop: Shop, bread: Product
) -> None:
    owner.post("/catalogue/bulk", verb="hide", id=[bread.public_id])
    (way,) = ways_back(owner, "/catalogue")
    for other in (cashier, stranger):
        assert other.post(way).status_code == other.post("/undo/und_unknown").status_code == 404
    # What lies in a session is of the shop it was done in.
    session = owner.client.session
    session["undo"] = [{**each, "shop": "shp_other"} for each in session["undo"]]
    session.save()
    assert owner.post(way).status_code == 404
    session["undo"] = [{**each, "shop": shop.public_id} for each in session["undo"]]
    session.save()
    TeamMember.objects.filter(person=owner.person).update(role=Role.CASHIER)
    assert owner.post(way).status_code == 403
    bread.refresh_from_db()
    assert bread.is_visible is False


def test_it_stands_in_the_activity_log(owner: cast.Clerk, bread: Product) -> None:
    undone(owner, "/catalogue/bulk", verb="hide", id=[bread.public_id])
    newest = owner.rows("/team/activity")[0]
    assert (newest["words"], newest["who"]) == ("Took something back", "Zé")
    assert [str(each["after"]) for each in newest["changes"]] == [
        "Products shown, hidden or put away"
    ]
    assert set(ACTS) == set(UNDONE)


def test_the_button_works_without_a_script(owner: cast.Clerk, bread: Product) -> None:
    owner.post("/catalogue/bulk", verb="hide", id=[bread.public_id])
    page = owner.body("/catalogue")
    assert '<form method="post" action="/portal/undo/und_' in page
    assert 'name="csrfmiddlewaretoken"' in page[page.index("/portal/undo/und_") :]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.client.cookies
    (kept,) = owner.client.session["undo"]
    assert strict.post(f"/portal/undo/{kept['id']}").status_code == 403


def test_a_part_that_fetches_itself_leaves_the_toast_to_the_page(
    owner: cast.Clerk, bread: Product
) -> None:
    owner.post("/catalogue/bulk", verb="hide", id=[bread.public_id])
    part = owner.client.get("/portal/orders", headers={"HX-Request": "true"})
    assert "/portal/undo/und_" not in part.content.decode()
    assert len(ways_back(owner, "/catalogue")) == 1


def test_a_session_remembers_five(owner: cast.Clerk, bread: Product) -> None:
    for number in range(MOST_KEPT + 2):
        verb = "show" if number % 2 else "hide"
        owner.post("/catalogue/bulk", verb=verb, id=[bread.public_id])
    assert len(owner.client.session["undo"]) == MOST_KEPT
