"""The statement of a month by mail: to those who asked and may, once, and without an amount."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import IntegrityError

from core import clock
from core.clock import business_now, wall_now
from core.errors import Forbidden, InputInvalid, NotFound, StateConflict
from core.money import Money
from core.transactions import owns_block
from merchants.enums import Role
from merchants.models import Shop, ShopJob, StatementMail, StatementMailing
from merchants.services.monthly import make_due_statements
from merchants.services.statement_mailings import send_due_mailings
from merchants.services.statement_mails import (
    MailWish,
    choose_statement_mail,
    confirm_statement_mail,
    end_statement_mail,
)
from merchants.services.team import change_role, remove_member
from payments.enums import LedgerKind, TransferKind
from payments.ledger import Line, Owned, post_journal
from tests.merchants.cast import new_shop
from tests.payments.cast import work
from tests.portal import cast
from tests.portal.mail_server import MailServer, serve_mail

pytestmark = pytest.mark.django_db(transaction=True)
MONTH_AND_MORE = 35 * 24 * 3600
PATH = "/statements/mail"


def choose(clerk: cast.Clerk, shop: Shop, who: cast.Clerk | None = None, *files: str) -> Any:
    person = (who or clerk).person
    wish = MailWish(person.pk, f"m{person.pk}@padaria.example", files or ("pdf",))
    return choose_statement_mail(shop_id=shop.pk, actor=clerk.person, wish=wish)


def choose_at(clerk: cast.Clerk, shop: Shop, address: str) -> StatementMail:
    wish = MailWish(clerk.person.pk, address, ["pdf"])
    return choose_statement_mail(shop_id=shop.pk, actor=clerk.person, wish=wish)


def token(post_office: MailServer | None = None) -> str:
    """Return what the newest mail asks to be confirmed with."""
    text = post_office.taken[-1].get_content() if post_office else str(mail.outbox[-1].body)
    found = re.search(r"confirm=([\w-]+)", text)
    assert found is not None
    return found[1]


def chosen(
    owner: cast.Clerk,
    shop: Shop,
    who: cast.Clerk,
    *files: str,
    post_office: MailServer | None = None,
) -> StatementMail:
    choose(owner, shop, who, *files)
    confirmed = confirm_statement_mail(person=who.person, token=token(post_office))
    (post_office.taken if post_office else mail.outbox).clear()
    return confirmed


@pytest.fixture
def post_office(settings: Any) -> Iterator[MailServer]:
    """A server that mail is really handed to."""
    with serve_mail() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.place
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server


def sell(shop: Shop) -> None:
    """Let the books owe a shop something."""
    sold = Line(
        TransferKind.DELIVER,
        Owned(LedgerKind.SUSPENSE),
        Owned(LedgerKind.PAYABLE, shop.party_id),
        Money(1500, shop.currency),
    )
    with owns_block("a sale"):
        post_journal(f"pay_{shop.public_id}", [sold], business_now())


@pytest.fixture
def month(shop: Shop) -> Any:
    """Let a month end in which something moved, and its files be made."""

    def run() -> None:
        sell(shop)
        clock.advance(MONTH_AND_MORE)
        make_due_statements()
        work()

    return run


def test_a_member_asks_confirms_and_is_told_once(owner: cast.Clerk, shop: Shop, month: Any) -> None:
    books = cast.member_of(shop, Role.ACCOUNTANT, "Rita")
    fields = {"person": books.person.pk, "address": "rita@contas.example", "formats": "pdf"}
    assert books.post(PATH, verb="choose", **fields).status_code == 303
    (asked,) = mail.outbox
    assert asked.to == ["rita@contas.example"]
    assert "Padaria do Zé" in str(asked.body)
    assert f"/portal/of/{shop.public_id}{PATH}?confirm=" in str(asked.body)
    assert "Not confirmed yet" in books.body(PATH)
    link = f"{PATH}?confirm={token()}"
    assert "Yes, send them" not in owner.body(link)
    assert "Yes, send them" in books.body(link)
    assert owner.post(PATH, verb="confirm", token=token()).status_code == 422
    assert books.post(PATH, verb="confirm", token=token()).status_code == 303
    assert books.post(PATH, verb="confirm", token=token()).status_code == 422
    month()
    assert [send_due_mailings() for _ in range(2)] == [1, 0]
    told = mail.outbox[-1]
    job = ShopJob.objects.get()
    base = f"{settings.TROCO_PUBLIC_URL}/portal/of/{shop.public_id}"
    assert f"PDF: {base}/jobs/{job.public_id}" in str(told.body)
    assert "R$" not in str(told.body)
    assert not told.attachments
    assert len(mail.outbox) == 2
    log = owner.body("/team/activity")
    assert "Asked for statements by mail" in log
    assert "rita@" not in log


def test_each_kind_of_file_is_made_and_linked(owner: cast.Clerk, shop: Shop, month: Any) -> None:
    chosen(owner, shop, owner, "csv", "pdf")
    month()
    assert send_due_mailings() == 1
    made = {job.wish["file"]: job.public_id for job in ShopJob.objects.all()}
    assert sorted(made) == ["csv", "pdf"]
    assert all(f"/jobs/{job}" in str(mail.outbox[0].body) for job in made.values())


def test_a_month_is_owed_once_and_by_the_shops_own_clock(
    owner: cast.Clerk, shop: Shop, month: Any
) -> None:
    chosen(owner, shop, owner)
    month()
    month()
    owed = list(StatementMailing.objects.order_by("first_day"))
    assert len({each.first_day for each in owed}) == len(owed) >= 1
    assert all(each.first_day.day == 1 for each in owed)
    assert all((each.last_day + timedelta(days=1)).day == 1 for each in owed)
    again = StatementMailing(
        mail=owed[0].mail,
        shop=shop,
        person=owner.person,
        first_day=owed[0].first_day,
        last_day=owed[0].last_day,
        owed_at=owed[0].owed_at,
        due_at=owed[0].due_at,
    )
    with pytest.raises(IntegrityError, match="merchants_statementmailing_once"):
        again.save()


@pytest.mark.parametrize("how", ["removed", "cashier", "ended", "unconfirmed"])
def test_who_may_not_or_will_not_gets_none(
    owner: cast.Clerk, shop: Shop, month: Any, how: str
) -> None:
    books = cast.member_of(shop, Role.ACCOUNTANT, "Rita")
    about: dict[str, Any] = {"shop_id": shop.pk, "actor": owner.person}
    kept = choose(owner, shop, books)
    if how != "unconfirmed":
        confirm_statement_mail(person=books.person, token=token())
    mail.outbox.clear()
    month()
    if how == "removed":
        remove_member(**about, person_id=books.person.pk)
    elif how == "cashier":
        change_role(**about, person_id=books.person.pk, role=Role.CASHIER)
    elif how == "ended":
        assert books.post(PATH, verb="end", mail=kept.public_id).status_code == 303
    assert send_due_mailings() == 0
    assert mail.outbox == []


def test_a_refusal_is_tried_again_later(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, post_office=post_office)
    month()
    post_office.is_busy = True
    assert send_due_mailings() == 0
    post_office.is_busy = False
    owed = StatementMailing.objects.get()
    assert (owed.begun_at, owed.sent_at, owed.tries) == (None, None, 1)
    assert owed.due_at > wall_now()
    assert send_due_mailings() == 0
    StatementMailing.objects.update(due_at=wall_now())
    assert [send_due_mailings() for _ in range(2)] == [1, 0]
    assert len(post_office.taken) == 1


def test_a_slow_server_holds_nobody_beyond_the_turn(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    books = cast.member_of(shop, Role.ACCOUNTANT, "Rita")
    for clerk in (owner, books):
        chosen(owner, shop, clerk, post_office=post_office)
    month()
    post_office.pauses = 0.3
    assert send_due_mailings(seconds=0.2) == 1
    assert StatementMailing.objects.filter(begun_at__isnull=True).count() == 1
    assert [send_due_mailings(seconds=0.2) for _ in range(2)] == [1, 0]
    assert len(post_office.taken) == 2


def test_it_is_given_up_after_eight_tries(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, post_office=post_office)
    month()
    post_office.is_busy = True
    for _ in range(9):
        StatementMailing.objects.update(due_at=wall_now())
        assert send_due_mailings() == 0
    owed = StatementMailing.objects.get()
    assert (owed.tries, owed.given_up_at is not None) == (8, True)


def test_a_link_in_a_mail_leads_to_its_own_shop(owner: cast.Clerk, shop: Shop) -> None:
    """Mail is read on pages of others: those choose no shop, and a link of ours does."""
    second = new_shop(owner.person, "Padaria do Zé 2")
    choose(owner, shop)
    owner.post("/shop", shop=second.public_id)
    path, asked = f"/portal/of/{shop.public_id}{PATH}", f"confirm={token()}"
    foreign = {"Sec-Fetch-Site": "cross-site"}
    page = owner.client.get(path, {"confirm": token()}, headers=foreign).content.decode()
    assert f'href="{path}?{asked}"' in page
    assert "You are working in Padaria do Zé 2 now." in page
    assert owner.get("/").context["portal"]["shop_id"] == second.public_id
    led = owner.client.get(f"{path}?{asked}")
    assert (led.status_code, led["Location"]) == (303, f"/portal{PATH}?{asked}")
    assert owner.get("/").context["portal"]["shop_id"] == shop.public_id
    # Where it is chosen already nothing has to be asked.
    assert owner.client.get(path, headers=foreign)["Location"] == f"/portal{PATH}"


def test_where_no_mail_can_be_sent_the_one_before_stays(
    owner: cast.Clerk, shop: Shop, post_office: MailServer
) -> None:
    kept = chosen(owner, shop, owner, post_office=post_office)
    post_office.is_busy = True
    fields = {"person": owner.person.pk, "address": "ze@nova.example", "formats": "csv"}
    assert owner.post(PATH, verb="choose", **fields).status_code == 422
    assert StatementMail.objects.filter(ended_at__isnull=True).get() == kept
    assert owner.post(PATH, verb="end", mail="\0").status_code == 404
    assert owner.post(PATH, verb="end", mail=kept.public_id).status_code == 303
    assert owner.post(PATH, verb="choose", **fields).status_code == 422
    assert not StatementMail.objects.filter(ended_at__isnull=True).exists()


def test_a_real_server_takes_what_is_meant_for_it(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, post_office=post_office)
    month()
    assert send_due_mailings() == 1
    (letter,) = post_office.taken
    assert letter["To"] == f"m{owner.person.pk}@padaria.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert f"/portal/of/{shop.public_id}/" in letter.get_content()


def test_whoever_has_many_shops_asks_no_more_strangers(owner: cast.Clerk, shop: Shop) -> None:
    shops = [shop, new_shop(owner.person, "Padaria do Zé 2")]
    for number in range(10):
        choose_at(owner, shops[number % 2], f"n{number}@padaria.example")
    third = new_shop(owner.person, "Padaria do Zé 3")
    with pytest.raises(StateConflict):
        choose(owner, third)
    assert StatementMail.objects.filter(shop=third).count() == 0
    StatementMail.objects.update(asked_at=wall_now() - timedelta(days=1))
    assert choose(owner, third).shop_id == third.pk


def test_an_owner_chooses_for_all_and_others_for_themselves(
    owner: cast.Clerk, shop: Shop, stranger: cast.Clerk
) -> None:
    books = cast.member_of(shop, Role.ACCOUNTANT, "Rita")
    cashier = cast.cashier_of(shop)
    kept = choose(owner, shop, books)
    with pytest.raises(Forbidden):
        choose(books, shop, owner)
    with pytest.raises(Forbidden):
        choose(owner, shop, cashier)
    with pytest.raises(NotFound):
        choose(owner, shop, stranger)
    with pytest.raises(NotFound):
        end_statement_mail(shop_id=shop.pk, actor=cashier.person, mail_id=kept.public_id)
    assert [row["is_you"] for row in books.get(PATH).context["rows"]] == [True]
    assert stranger.post(PATH, verb="end", mail=kept.public_id).status_code == 404
    assert owner.post(PATH, verb="end", mail=kept.public_id).status_code == 303


@pytest.mark.parametrize(
    ("address", "files"),
    [
        ("zé", ["pdf"]),
        ("a@b.example\nBcc: c@d.example", ["pdf"]),
        ("a@b.example", ["exe"]),
        ("a@b.example", []),
    ],
    ids=["none", "header", "kind", "no_file"],
)
def test_what_is_no_address_or_file_is_refused(
    owner: cast.Clerk, shop: Shop, address: str, files: list[str]
) -> None:
    wish = MailWish(owner.person.pk, address, files)
    with pytest.raises(InputInvalid):
        choose_statement_mail(shop_id=shop.pk, actor=owner.person, wish=wish)
    fields = {"person": owner.person.pk, "address": address, "formats": files}
    assert owner.post(PATH, verb="choose", **fields).status_code == 422
    assert (mail.outbox, StatementMail.objects.count()) == ([], 0)


def test_other_files_need_no_other_confirmation_and_ten_a_day_are_enough(
    owner: cast.Clerk, shop: Shop
) -> None:
    chosen(owner, shop, owner)
    for _ in range(9):
        assert choose(owner, shop, None, "csv").confirmed_at is not None
    assert mail.outbox == []
    with pytest.raises(StateConflict):
        choose(owner, shop)
    assert StatementMail.objects.filter(ended_at__isnull=True).count() == 1
