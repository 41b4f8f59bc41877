"""What each role may open, told in one table; and that every door holds for every role."""

import re
from typing import Any

import pytest

from merchants.enums import Role
from merchants.models import Shop
from merchants.portal import access, urls
from merchants.portal.pages import Page
from merchants.services.statement_mails import MAILED_ROLES
from tests.portal import cast

pytestmark = pytest.mark.django_db

OPEN = frozenset(
    {
        *("forgotten", "forgotten_code", "new_password"),
        *("sign_in", "sign_in_code", "sign_out", "sign_up", "sign_up_code", "sign_up_account"),
        *("start", "join", "choose_shop", "language", "worker"),
    }
)
"""Addresses for those who are not signed in yet, or belong to no shop."""

# Who opens what. A page that is not named here is held to what its class says.
TABLE = {
    "overview": access.EVERYBODY,
    "undo": access.EVERYBODY,
    "search": access.EVERYBODY,
    "settings": access.EVERYBODY,
    "inbox": access.TALKERS,
    "conversation": access.TALKERS,
    "send_text": access.TALKERS,
    "send_product": access.TALKERS,
    "send_file": access.TALKERS,
    "send_products": access.TALKERS,
    "send_order": access.SELLERS,
    "picks": access.TALKERS,
    "charge": access.SELLERS,
    "send_place": access.TALKERS,
    "mark_talk": access.TALKERS,
    "send_link": access.SELLERS,
    "safety": access.TALKERS,
    "broadcasts": access.EDITORS,
    "broadcast_new": access.EDITORS,
    "broadcast": access.EDITORS,
    "broadcast_stop": access.EDITORS,
    "desk": access.TALKERS,
    "keep_reply": access.TALKERS,
    "orders": access.TALKERS,
    "order": access.TALKERS,
    "move_order": access.TALKERS,
    "catalogue": access.TALKERS,
    "product_new": access.EDITORS,
    "product": access.EDITORS,
    "payments": access.READERS,
    "payment": access.READERS,
    "payouts": access.READERS,
    "payout": access.READERS,
    "payout_calendar": access.READERS,
    "refund": access.SELLERS,
    "refund_proposal": access.SELLERS,
    "disputes": access.SELLERS,
    "dispute": access.SELLERS,
    "dispute_paper": access.SELLERS,
    "send_evidence": access.SELLERS,
    "views": access.EVERYBODY,
    "orders_bulk": access.TALKERS,
    "ship_part": access.TALKERS,
    "ticket": access.TALKERS,
    "catalogue_bulk": access.EDITORS,
    "import": access.EDITORS,
    "import_template": access.EDITORS,
    "import_troubles": access.EDITORS,
    "archive": access.EDITORS,
    "product_order": access.EDITORS,
    "product_pictures": access.EDITORS,
    "product_poster": access.TALKERS,
    "customers": access.TALKERS,
    "customer": access.TALKERS,
    "customer_erase": access.EDITORS,
    "keypad": access.SELLERS,
    "keypad_code": access.SELLERS,
    "links": access.SELLERS,
    "link_new": access.SELLERS,
    "link": access.SELLERS,
    "link_disable": access.SELLERS,
    "poster": access.SELLERS,
    "statements": access.READERS,
    "statement_mails": MAILED_ROLES,
    "job": access.READERS,
    "job_file": access.READERS,
    "help": access.EVERYBODY,
    "notifications": access.EVERYBODY,
    "notices": access.EVERYBODY,
    "step_up": access.EVERYBODY,
    "of_shop": access.EVERYBODY,
    "news_choices": access.EVERYBODY,
    "push_browsers": access.EVERYBODY,
    "team": access.EVERYBODY,
    "team_invite": access.OWNERS,
    "member": access.OWNERS,
    "activity": access.EDITORS,
    "security": access.EVERYBODY,
    "passkey_new": access.EVERYBODY,
    "totp": access.EVERYBODY,
    "password": access.EVERYBODY,
    "keys": access.PROGRAMMERS,
    "key_new": access.PROGRAMMERS,
    "key": access.PROGRAMMERS,
    "line": access.PROGRAMMERS,
    "calls": access.PROGRAMMERS,
    "events": access.PROGRAMMERS,
    "webhooks": access.PROGRAMMERS,
    "webhook_new": access.PROGRAMMERS,
    "webhook": access.PROGRAMMERS,
    "delivery": access.PROGRAMMERS,
    "review": access.EVERYBODY,
    "send_paper": access.EVERYBODY,
    "paper_phone": access.OWNERS,
    "logo": access.EDITORS,
    "export": access.OWNERS,
    "close": access.OWNERS,
    "setup": access.EDITORS,
    "bank": access.OWNERS,
    "outside": access.EVERYBODY,
    "outside_new": access.OWNERS,
}


def _pages() -> dict[str, type[Page]]:
    found: dict[str, type[Page]] = {}
    for pattern in urls.urlpatterns:
        view = getattr(pattern.callback, "view_class", None)
        if isinstance(view, type) and issubclass(view, Page):
            found[str(pattern.name)] = view
    return found


PAGES = _pages()


def test_every_address_is_a_page_behind_the_door_or_open_on_purpose() -> None:
    assert {str(pattern.name) for pattern in urls.urlpatterns} - OPEN == set(PAGES)


@pytest.mark.parametrize("name", TABLE)
def test_a_page_is_for_the_roles_of_the_table(name: str) -> None:
    assert (PAGES[name].roles or access.EVERYBODY) == TABLE[name]


@pytest.mark.parametrize("role", Role)
def test_a_role_is_let_in_where_it_may_and_nowhere_else(shop: Shop, role: Role) -> None:
    clerk = cast.member_of(shop, role)
    wrong = []
    for pattern in urls.urlpatterns:
        page = PAGES.get(str(pattern.name))
        if page is None:
            continue
        path = "/" + re.sub(r"<[^>]+>", "nothing", str(pattern.pattern))
        may = role in (page.roles or access.EVERYBODY)
        for answer in (clerk.get(path), clerk.post(path)):
            is_shut = answer.status_code == 403
            if may and is_shut and answer.request["REQUEST_METHOD"] == "POST":
                continue  # Some may look and not change; their own tests say who.
            wrong += [(pattern.name, answer.status_code)] if is_shut == may else []
    assert wrong == []


def test_the_navigation_shows_only_what_opens(shop: Shop) -> None:
    for role in Role:
        clerk = cast.member_of(shop, role)
        page: Any = clerk.client.get("/portal/")
        while page.status_code == 303:
            page = clerk.client.get(page["Location"])
        shown = page.context["portal"]["nav"]
        assert shown
        for entry in shown:
            name = entry["door"].removeprefix("portal:")
            assert role in (PAGES[name].roles or access.EVERYBODY), (role, name)


@pytest.mark.parametrize(
    ("role", "path"),
    [(Role.SUPPORT, "/portal/conversations"), (Role.DEVELOPER, "/portal/developers")],
)
def test_who_sees_no_figures_begins_where_their_work_is(shop: Shop, role: Role, path: str) -> None:
    answer = cast.member_of(shop, role).get("/")
    assert (answer.status_code, answer["Location"]) == (303, path)


def test_what_a_role_has_nothing_of_leaves_no_empty_frame(shop: Shop) -> None:
    """Whoever changes nothing gets one column; who is told of nothing gets no table of ways."""
    developer = cast.member_of(shop, Role.DEVELOPER)
    assert 'class="cols"' not in developer.body("/settings")
    choices = developer.body("/notifications/choices")
    assert "Nothing is told to your role here" in choices
    assert "<table" not in choices
    manager = cast.member_of(shop, Role.MANAGER, "Mara")
    assert 'class="cols"' in manager.body("/settings")
    assert "<table" in manager.body("/notifications/choices")
