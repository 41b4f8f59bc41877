"""The one door for mail: to the server that the operator named, encrypted, with a bound of time."""

import smtplib
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from core.transactions import refuse_owner
from merchants.codes.letters import Letter

# What no letter can be made of, an address among it, is a ``ValueError``.
_FAILED: Final = (OSError, smtplib.SMTPException, ValueError)


class MailFailed(Exception):
    """The server did not take the mail; it may another time."""


def send_mail(*, to: str, letter: Letter, ref: str) -> None:
    """Hand one mail over to the server.

    Args:
        to: One address.
        letter: What it says; a subject is one line.
        ref: What it is about; the same thing again has the same Message-ID.

    Raises:
        MailFailed: The server did not take it, or cut the line before it said so.

    Transaction: none (and called in none: the server may take its time).
    """
    refuse_owner("merchants.services.mail_door.send_mail")
    host = urlsplit(settings.TROCO_PUBLIC_URL).hostname or "localhost"
    message = EmailMessage(
        subject=" ".join(letter.subject.split()),
        body=letter.text,
        from_email=settings.TROCO_MAIL_FROM,
        to=[to],
        headers={"Message-ID": f"<{ref}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except _FAILED as error:
        raise MailFailed(str(error)) from error
