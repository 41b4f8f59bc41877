"""What a payer should look at before approving: scams and clones seen again and again.

A warning refuses nothing. Each is a line of ``RULES``: its code, its words, and over how many
days it looks back. The codes that were shown are kept with the quote.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from core.transactions import joins
from payments.models import AskedElsewhere, Payment
from payments.queries.funding import account_changed_since
from payments.services.rules import BUSINESS, Deal
from people.names import fold_name
from people.queries import device_added_since, parties_by_ids

MOST_KNOWN = 500
"""So many of the payer's latest payees and payers are compared by name."""


@dataclass(frozen=True, slots=True)
class PayeeWarning:
    """A warning in a quote: a stable code, and words for the payer.

    Attributes:
        code: The stable code.
        words: What is so, and what to do about it.
        days: How far it looks back; 0 for all time.
    """

    code: str
    words: object
    days: int = 0


RULES: Mapping[str, PayeeWarning] = MappingProxyType(
    {
        each.code: each
        for each in (
            PayeeWarning(
                "asked_elsewhere",
                _(
                    "A chat has just asked you to send money back elsewhere. Do not: give a"
                    " payment back with its own return, so that it goes where it came from."
                ),
                days=2,
            ),
            PayeeWarning(
                "lookalike_name",
                _("This name only looks like one you know. Its letters are different."),
            ),
            PayeeWarning(
                "known_name_new_number",
                _("You know this name from another number. Call them before you pay."),
            ),
            PayeeWarning(
                "new_device",
                _("They have signed in on a new device in the last days. Make sure it is them."),
                days=7,
            ),
            PayeeWarning(
                "new_account",
                _("They have changed the account they are paid on in the last days."),
                days=7,
            ),
            PayeeWarning(
                "unverified_business", _("The registration of this business is not verified.")
            ),
            PayeeWarning("first_payment", _("You have never paid them before. Check the name.")),
        )
    }
)


def find_warnings(deal: Deal, moment: datetime) -> list[PayeeWarning]:
    """Return what the payer should look at, the gravest first.

    Money that goes back along its own trace needs no warning.

    Args:
        deal: What would be paid.
        moment: The business moment.
    """
    if deal.along is not None:
        return []
    is_first = not _was_paid(deal)
    found = {code for code, asks in _LOOKED_AT.items() if asks(deal, _since(code, moment))}
    if is_first:
        found |= {"first_payment", *_known_names(deal)}
    else:
        found.discard("asked_elsewhere")
    return [rule for code, rule in RULES.items() if code in found]


@joins
def note_asked_elsewhere(
    *, warned_id: int, about_id: int, message_ref: str, moment: datetime
) -> None:
    """Remember that a chat asked a payer to send money back elsewhere.

    Changes: one ``AskedElsewhere``, once for each message.

    Args:
        warned_id: The payer who was asked.
        about_id: The party that asked.
        message_ref: Public id of the message.
        moment: The business moment.

    Transaction: joins.
    """
    row = AskedElsewhere(warned_id=warned_id, about_id=about_id, message_ref=message_ref, at=moment)
    AskedElsewhere.objects.bulk_create([row], ignore_conflicts=True)


def _since(code: str, moment: datetime) -> datetime:
    return moment - timedelta(days=RULES[code].days)


def _was_paid(deal: Deal) -> bool:
    paid = Payment.objects.filter(payer_id=deal.payer.id, payee_id=deal.payee.id)
    return paid.filter(completed_at__isnull=False).exists()


def _was_asked_elsewhere(deal: Deal, since: datetime) -> bool:
    return AskedElsewhere.objects.filter(warned_id=deal.payer.id, at__gte=since).exists()


def _has_new_device(deal: Deal, since: datetime) -> bool:
    return deal.payee.kind != BUSINESS and device_added_since(deal.payee.id, since)


def _has_new_account(deal: Deal, since: datetime) -> bool:
    return account_changed_since(deal.payee.id, since)


def _is_unverified_business(deal: Deal, since: datetime) -> bool:  # noqa: ARG001 - One shape.
    return deal.payee.kind == BUSINESS and not deal.payee.verified


_LOOKED_AT: Mapping[str, Callable[[Deal, datetime], bool]] = MappingProxyType(
    {
        "asked_elsewhere": _was_asked_elsewhere,
        "new_device": _has_new_device,
        "new_account": _has_new_account,
        "unverified_business": _is_unverified_business,
    }
)


def _known_names(deal: Deal) -> set[str]:
    """Tell whether somebody the payer had payments with has this name, or one that looks like it.

    Both the name shown and the legal name are compared; two queries.
    """
    payer = deal.payer.id
    sides = Payment.objects.order_by("-id")
    paid = sides.filter(payer_id=payer).values_list("payee_id", flat=True)[:MOST_KNOWN]
    paid_by = sides.filter(payee_id=payer).values_list("payer_id", flat=True)[:MOST_KNOWN]
    known = parties_by_ids({*paid, *paid_by} - {deal.payee.id, payer})
    name, fold = deal.payee.display_name.casefold(), fold_name(deal.payee.display_name)
    found = set()
    for each in known.values():
        names = [text for text in (each.display_name, each.legal_name) if text]
        if name in {text.casefold() for text in names}:
            found.add("known_name_new_number")
        elif fold in {fold_name(text) for text in names}:
            found.add("lookalike_name")
    return found
