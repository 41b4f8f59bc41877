"""Mails of a month that something cut off: sent again, with a bound, by one at a time."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import close_old_connections

from core import clock
from core.clock import business_now, wall_now
from merchants.models import Shop, ShopJob, StatementMailing
from merchants.services.monthly import make_due_statements
from merchants.services.statement_mailings import HELD_FOR, send_due_mailings
from merchants.services.statement_mails import confirm_statement_mail
from merchants.services.statements import StatementWish, ask_statement, month_of
from tests.bank_simulator.harness import ROOT
from tests.front.serving import wait_until
from tests.payments.cast import work
from tests.portal import cast
from tests.portal.mail_server import MailServer
from tests.portal.test_statement_mails import (
    choose,
    choose_at,
    chosen,
    month,
    post_office,
    sell,
    token,
)

__all__ = ["month", "post_office"]

pytestmark = pytest.mark.django_db(transaction=True)

SEND = """
import django
django.setup()
from django.conf import settings
settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
settings.EMAIL_HOST, settings.EMAIL_PORT = "{0}", {1}
settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
from merchants.services.monthly import make_due_statements
from merchants.services.statement_mailings import send_due_mailings
send_due_mailings()
"""


def later(by: timedelta) -> None:
    """Let time pass for what is owed."""
    for each in StatementMailing.objects.all():
        each.due_at -= by
        each.save(update_fields=["due_at"])


def test_a_sender_that_is_killed_while_it_hands_over_leaves_it_to_a_later_turn(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer, app_role_dsn: str
) -> None:
    chosen(owner, shop, owner, post_office=post_office)
    month()
    post_office.pauses = 20.0
    environment = {
        **os.environ,
        "DATABASE_URL": app_role_dsn,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    code = SEND.format(*post_office.place)
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment) as sender:
        try:
            wait_until(lambda: len(post_office.taken) == 1, seconds=60)
            # Nobody sends beside it, dead or alive.
            assert send_due_mailings() == 0
        finally:
            sender.kill()
    owed = StatementMailing.objects.get()
    assert (owed.sent_at, owed.tries, owed.begun_at is not None) == (None, 1, True)
    post_office.pauses = 0.0
    assert send_due_mailings() == 0
    later(HELD_FOR)
    assert [send_due_mailings() for _ in range(2)] == [1, 0]
    first, second = (each["Message-ID"] for each in post_office.taken)
    assert first == second
    assert StatementMailing.objects.get().tries == 2


def test_a_line_that_is_cut_after_the_mail_is_tried_again_with_the_same_id(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, post_office=post_office)
    month()
    post_office.cuts = 1
    assert send_due_mailings() == 0
    later(timedelta(minutes=5))
    assert send_due_mailings() == 1
    assert len({each["Message-ID"] for each in post_office.taken}) == 1
    assert len(post_office.taken) == 2


def test_deaths_are_tries_and_after_eight_it_is_given_up(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, post_office=post_office)
    month()
    # As eight senders leave it that died, one a quarter of an hour after the other.
    now = wall_now()
    StatementMailing.objects.update(tries=8, begun_at=now - HELD_FOR, due_at=now)
    assert send_due_mailings() == 0
    owed = StatementMailing.objects.get()
    assert (owed.tries, owed.sent_at, owed.given_up_at is not None) == (8, None, True)
    assert post_office.taken == []


def test_two_workers_at_once_send_each_mail_once(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, post_office=post_office)
    month()
    post_office.pauses = 0.3

    def worker(_number: int) -> int:
        try:
            return send_due_mailings()
        finally:
            close_old_connections()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(worker, range(4))) == 1
    assert len(post_office.taken) == 1


def test_files_that_were_chosen_after_the_month_was_asked_for_are_made(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, "pdf", post_office=post_office)
    month()
    choose(owner, shop, None, "csv", "pdf")
    assert send_due_mailings() == 0
    later(timedelta(minutes=1))
    assert send_due_mailings() == 0
    assert sorted(job.wish["file"] for job in ShopJob.objects.all()) == ["csv", "pdf"]
    work()
    later(timedelta(minutes=1))
    assert send_due_mailings() == 1
    said = post_office.taken[0].get_content()
    assert all(f"/jobs/{job.public_id}" in said for job in ShopJob.objects.all())


def test_work_that_somebody_stopped_is_not_asked_for_again(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, "csv", post_office=post_office)
    month()
    ShopJob.objects.filter(wish__file="csv").update(state="stopped")
    for _ in range(2):
        assert send_due_mailings() == 0
        later(timedelta(minutes=1))
    assert ShopJob.objects.count() == 2


def test_an_address_that_is_not_confirmed_yet_is_waited_for(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, post_office=post_office)
    month()
    choose_at(owner, shop, "ze@nova.example")
    asks = token(post_office)
    post_office.taken.clear()
    assert send_due_mailings() == 0
    confirm_statement_mail(person=owner.person, token=asks)
    later(timedelta(minutes=1))
    assert send_due_mailings() == 1
    assert post_office.taken[0]["To"] == "ze@nova.example"


def test_a_file_that_was_made_before_the_month_was_over_is_not_its_statement(
    owner: cast.Clerk, shop: Shop, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, "csv", "pdf", post_office=post_office)
    sell(shop)
    zone = ZoneInfo(shop.timezone)
    first, last = month_of(business_now().astimezone(zone).date())

    def go_to(day: date) -> None:
        clock.advance(24 * 3600 * (day - business_now().astimezone(zone).date()).days)

    go_to(last)
    for file in ("csv", "pdf"):
        wish = StatementWish(first, last, file, {}, "en")
        ask_statement(shop_id=shop.pk, timezone=shop.timezone, actor=owner.person, wish=wish)
    ShopJob.objects.update(state="done", ended_at=business_now())
    early = {job.public_id for job in ShopJob.objects.all()}
    go_to(last + timedelta(days=1))
    make_due_statements()
    assert send_due_mailings() == 0
    work()
    later(timedelta(minutes=1))
    assert send_due_mailings() == 1
    said = post_office.taken[0].get_content()
    assert not any(job in said for job in early)
    made = ShopJob.objects.exclude(public_id__in=early)
    assert sorted(job.wish["file"] for job in made) == ["csv", "pdf"]
    assert all(f"/jobs/{job.public_id}" in said for job in made)


def test_a_file_that_was_chosen_late_is_made_where_an_early_one_was(
    owner: cast.Clerk, shop: Shop, month: Any, post_office: MailServer
) -> None:
    chosen(owner, shop, owner, "pdf", post_office=post_office)
    month()
    pdf = ShopJob.objects.get()
    early = (pdf.created_at - timedelta(days=40)).isoformat()
    wish = {**pdf.wish, "file": "csv", "until": early}
    ShopJob.objects.create(
        public_id="job_early",
        shop=shop,
        person=owner.person,
        kind=pdf.kind,
        state="done",
        wish=wish,
        created_at=pdf.created_at,
        ended_at=pdf.created_at,
    )
    choose(owner, shop, None, "csv")
    assert send_due_mailings() == 0
    work()
    later(timedelta(minutes=1))
    assert send_due_mailings() == 1
    assert "job_early" not in post_office.taken[0].get_content()
