"""Nobody is sent one link after the other by shops that they know nothing of."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import close_old_connections

from core.clock import wall_now
from core.errors import InputInvalid, StateConflict
from merchants.codes.mailboxes import mailbox_of
from merchants.models import Shop, StatementMail
from merchants.services.statement_mails import confirm_statement_mail
from tests.merchants.cast import new_shop
from tests.portal import cast
from tests.portal.mail_server import MailServer
from tests.portal.test_statement_mails import choose_at, chosen, post_office, token

__all__ = ["post_office"]

pytestmark = pytest.mark.django_db(transaction=True)

CARLA = "carla@correio.example"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (CARLA, "Carla@Correio.Example"),
        (CARLA, "carla+loja@correio.example"),
        (CARLA, "c.a.r.l.a@correio.example"),
        (CARLA, '"carla"@correio.example'),
        ("carla@b\u00fccher.example", "carla@xn--bcher-kva.example"),
    ],
)
def test_a_mailbox_is_one_however_it_is_spelt(one: str, other: str) -> None:
    assert mailbox_of(one) == mailbox_of(other)


def test_mailboxes_are_told_apart() -> None:
    several = {CARLA, "karla@correio.example", "carla@outro.example", '"+"@correio.example'}
    assert len({mailbox_of(each) for each in several}) == 4


def test_a_stranger_gets_three_links_a_day_from_whatever_shops(
    owner: cast.Clerk, shop: Shop
) -> None:
    shops = [shop, *(new_shop(owner.person, f"Padaria {number}") for number in range(3))]
    for number in range(3):
        choose_at(owner, shops[number], f"carla+{number}@correio.example")
    with pytest.raises(StateConflict):
        choose_at(owner, shops[3], CARLA)
    assert len(mail.outbox) == 3
    assert not StatementMail.objects.filter(shop=shops[3]).exists()
    # Somebody else's address is another matter.
    choose_at(owner, shops[3], "bruno@correio.example")
    StatementMail.objects.update(asked_at=wall_now() - timedelta(days=1))
    choose_at(owner, shops[3], CARLA)
    assert len(mail.outbox) == 5


def test_ten_links_that_nobody_followed_are_enough_for_thirty_days(
    owner: cast.Clerk, shop: Shop
) -> None:
    for day in range(10):
        choose_at(owner, shop, CARLA)
        ago = wall_now() - timedelta(days=29 - day)
        StatementMail.objects.filter(ended_at__isnull=True).update(ended_at=ago, asked_at=ago)
    with pytest.raises(StateConflict):
        choose_at(owner, shop, CARLA)
    StatementMail.objects.order_by("id").filter(pk=StatementMail.objects.earliest("id").pk).update(
        asked_at=wall_now() - timedelta(days=30)
    )
    choose_at(owner, shop, CARLA)


def test_whoever_follows_the_links_is_no_stranger(owner: cast.Clerk, shop: Shop) -> None:
    """An office that keeps the books of many shops says yes to each."""
    shops = [shop, *(new_shop(owner.person, f"Padaria {number}") for number in range(4))]
    for each in shops:
        choose_at(owner, each, "ana@contas.example")
        confirm_statement_mail(person=owner.person, token=token())
    assert len(mail.outbox) == 5


def test_a_link_that_could_not_be_sent_is_not_counted(
    owner: cast.Clerk, shop: Shop, post_office: MailServer
) -> None:
    post_office.is_busy = True
    for _ in range(4):
        with pytest.raises(StateConflict) as refused:
            choose_at(owner, shop, CARLA)
        assert str(refused.value.detail) == "The mail could not be sent. Try it again later."
    post_office.is_busy = False
    assert choose_at(owner, shop, CARLA).confirmed_at is None
    assert len(post_office.taken) == 1


def test_strangers_shut_nobody_out_of_an_address_that_is_theirs(
    owner: cast.Clerk, shop: Shop
) -> None:
    address = chosen(owner, shop, owner).address
    second = new_shop(owner.person, "Padaria do Zé 2")
    for number in range(3):
        StatementMail.objects.create(
            public_id=f"stm_{number}",
            shop=second,
            person=owner.person,
            chosen_by=owner.person,
            address=address,
            mailbox=mailbox_of(address),
            formats=["pdf"],
            asked_at=wall_now(),
            ended_at=wall_now(),
        )
    assert choose_at(owner, second, address).confirmed_at is None
    assert len(mail.outbox) == 1
    # Another way to spell it may be another's mailbox.
    name, _at, domain = address.partition("@")
    with pytest.raises(StateConflict):
        choose_at(owner, second, f"{name}+x@{domain}")


def test_shops_that_ask_at_once_are_counted_one_after_another(
    owner: cast.Clerk, shop: Shop
) -> None:
    shops = [shop, *(new_shop(owner.person, f"Padaria {number}") for number in range(7))]

    def ask(each: Shop) -> bool:
        try:
            choose_at(owner, each, CARLA)
        except StateConflict:
            return False
        finally:
            close_old_connections()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, shops)) == 3
    assert StatementMail.objects.count() == 3


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example,c@d.example",
        "a@b.example\r\nRCPT TO:<c@d.example>",
        "a@b.example> NOTIFY=NEVER",
        "<a@b.example>",
        '"a b"@c.example',
        '"a,b@c.example"@d.example',
        "a@[127.0.0.1]",
        "a@b\u00fccher.example",
        "\u00e4@b.example",
        "a@xn--.example",
        f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.example",
        f"{'a' * 200}@b.example",
    ],
)
def test_a_hostile_address_is_refused_or_reaches_itself_alone(
    owner: cast.Clerk, shop: Shop, post_office: MailServer, address: str
) -> None:
    try:
        choose_at(owner, shop, address)
    except (InputInvalid, StateConflict):
        assert post_office.taken == []
        return
    (reached,) = post_office.recipients
    assert len(post_office.taken) == 1
    assert mailbox_of(reached[1:-1]) == mailbox_of(address)
