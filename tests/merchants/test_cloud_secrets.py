"""An app's secret is changed without a gap: one signs, both let in, until the switch."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from core.clock import wall_now
from core.errors import InputInvalid
from merchants.models import Line, WebhookDelivery, WebhookEndpoint
from merchants.services.dialects import body_of, headers_of
from merchants.services.line_secrets import rotate_app_secret, switch_app_secret
from people.models import AuditEntry
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller

DAY = timedelta(days=1)
HOOK = "https://padaria.example/hook"


@pytest.fixture
def bot(shop: Any, ana: Caller) -> Bot:
    made = Bot(shop)
    write_to(shop, ana)
    return made


@pytest.fixture
def sent(bot: Bot, ana: Caller) -> str:
    """Have something told, and return the digits of whom it went to."""
    bot.listen(HOOK)
    assert bot.say(digits(ana), "text", {"body": "Olá"}).status_code == 200
    return digits(ana)


def signer(*secrets: str, later: timedelta = timedelta(0)) -> int:
    """Return which of some secrets signs what is told now."""
    rows = WebhookDelivery.objects.select_related("event", "endpoint")
    delivery = rows.order_by("-id")[0]
    body = body_of(delivery)
    told = headers_of(delivery, body, wall_now() + later)["x-hub-signature-256"]
    made = [f"sha256={hmac.new(s.encode(), body, hashlib.sha256).hexdigest()}" for s in secrets]
    return made.index(told)


def lets_in(bot: Bot, secret: str) -> bool:
    token = f"{bot.line.app_number}|{secret}"
    asked = {"input_token": bot.token, "access_token": token}
    return Client().get("/cloud/debug_token", asked).status_code == 200


def test_the_old_one_signs_until_its_moment(bot: Bot, sent: str) -> None:
    new = rotate_app_secret(shop_id=bot.shop.pk, actor=None, overlap=DAY).app_secret
    assert signer(bot.app_secret, new) == 0
    assert signer(bot.app_secret, new, later=DAY + timedelta(seconds=1)) == 1
    assert [lets_in(bot, each) for each in (bot.app_secret, new, "x")] == [True, True, False]
    Line.objects.update(old_app_secret_until=wall_now())
    assert [lets_in(bot, each) for each in (bot.app_secret, new)] == [False, True]


def test_the_switch_ends_it_early(bot: Bot, sent: str) -> None:
    new = rotate_app_secret(shop_id=bot.shop.pk, actor=None, overlap=DAY).app_secret
    for _twice in range(2):
        switch_app_secret(shop_id=bot.shop.pk, actor=None)
        assert signer(bot.app_secret, new) == 1
        assert [lets_in(bot, each) for each in (bot.app_secret, new)] == [False, True]
    actions = AuditEntry.objects.filter(action__startswith="line.secret").order_by("id")
    assert [each.action for each in actions] == ["line.secret_rotated", "line.secret_switched"]


def test_without_an_overlap_the_new_one_counts_at_once(bot: Bot, sent: str) -> None:
    new = rotate_app_secret(shop_id=bot.shop.pk, actor=None).app_secret
    assert signer(bot.app_secret, new) == 1
    assert [lets_in(bot, each) for each in (bot.app_secret, new)] == [False, True]


def test_changed_again_meanwhile_the_one_that_signs_signs_on(bot: Bot, sent: str) -> None:
    second = rotate_app_secret(shop_id=bot.shop.pk, actor=None, overlap=DAY).app_secret
    third = rotate_app_secret(shop_id=bot.shop.pk, actor=None, overlap=DAY).app_secret
    assert signer(bot.app_secret, second, third) == 0
    assert signer(bot.app_secret, second, third, later=DAY + timedelta(seconds=1)) == 2
    assert [lets_in(bot, each) for each in (bot.app_secret, second, third)] == [True, False, True]
    rotate_app_secret(shop_id=bot.shop.pk, actor=None)
    assert not lets_in(bot, bot.app_secret)


def test_a_callback_that_is_set_meanwhile_is_signed_alike(bot: Bot, ana: Caller) -> None:
    new = rotate_app_secret(shop_id=bot.shop.pk, actor=None, overlap=DAY).app_secret
    bot.listen(HOOK)
    assert bot.say(digits(ana), "text", {"body": "Olá"}).status_code == 200
    assert signer(bot.app_secret, new) == 0


@pytest.mark.parametrize("seconds", [-1, 7 * 24 * 3600 + 1])
def test_an_overlap_has_bounds(bot: Bot, sent: str, seconds: int) -> None:
    before = Line.objects.values().get()
    with pytest.raises(InputInvalid):
        rotate_app_secret(shop_id=bot.shop.pk, actor=None, overlap=timedelta(seconds=seconds))
    assert Line.objects.values().get() == before


def test_the_command_leaves_the_old_one_as_long_as_it_is_told(
    bot: Bot, sent: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("open_shop_line", bot.shop.public_id, "--overlap-hours", "2")
    printed = capsys.readouterr().out
    new = next(row for row in printed.splitlines() if row.startswith("app secret"))[20:].strip()
    assert signer(bot.app_secret, new) == 0
    call_command("open_shop_line", bot.shop.public_id, "--switch")
    assert signer(bot.app_secret, new) == 1
    assert WebhookEndpoint.objects.get().old_secret == ""
