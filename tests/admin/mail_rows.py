"""Rows of what reaches shops' people: codes for their phones, statements by mail."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from core.clock import wall_now
from merchants.models import PaperLink, StatementMail, StatementMailing
from tests.admin.people_rows import AT, number, person
from tests.admin.program_rows import shop


def paper_link() -> PaperLink:
    now = wall_now()
    return PaperLink.objects.create(
        shop=shop(),
        kind="owner",
        token_hash=b"tok-secret" + number().to_bytes(22),
        made_by=person(),
        made_at=now,
        expires_at=now + timedelta(minutes=15),
    )


def statement_mail() -> StatementMail:
    n = number()
    return StatementMail.objects.create(
        public_id=f"stm_{n}",
        shop=shop(),
        person=person(),
        chosen_by=person(),
        address=f"ze{n}@padaria.example",
        formats=["pdf"],
        asked_at=AT,
        token_hash=b"tok-secret" + n.to_bytes(22),
    )


def mailing() -> StatementMailing:
    mail = statement_mail()
    return StatementMailing.objects.create(
        mail=mail,
        shop=mail.shop,
        person=mail.person,
        first_day=date(2026, 10, 1),
        last_day=date(2026, 10, 31),
        owed_at=AT,
        due_at=AT,
    )


MAIL_MAKERS: dict[str, Callable[[], Any]] = {
    "merchants_paperlink": paper_link,
    "merchants_statementmail": statement_mail,
    "merchants_statementmailing": mailing,
}
