"""The text a person signs: everything that was shown, in one canonical form.

A quote's ``signed_text`` is JSON in the canonical form of RFC 8785 (JSON Canonicalization
Scheme, June 2020): sorted names, no spaces, one way to write each text and number. Its SHA-256
is the quote's digest, which PIN and device sign (ruling 7). A client parses the text, compares
it with what is on the screen, recomputes the digest and signs that.

The form leaves no freedom here because every value is a text or a small whole number:
RFC 8785 writes numbers as IEEE doubles, so amounts above 2^53 - 1 are refused before
(``MAX_SIGNED_MINOR``). Names are ASCII, so their order as UTF-16 units is their plain order.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from core.money import Money
from payments.models import FundingSource
from people.queries import PartyFacts

MAX_SIGNED_MINOR = 2**53 - 1
_NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Shown:
    """What the person is shown before approving.

    Attributes:
        payer: Who pays.
        payee: Who is paid, under the masked legal name.
        amount: What leaves the payer.
        fee: What the payee pays of it for the service.
        purpose: ``person_to_person`` or ``purchase``.
        source: Where the money comes from; None when the payer has no source yet.
        expires_at: Until when the approval can be given.
        note: The payer's words to the payee.
        reference: The order, request or link that is paid; empty for none.
        invited: The payee's number as it is shown, when the payee has to enrol before the money
            can arrive; empty otherwise.
    """

    payer: PartyFacts
    payee: PartyFacts
    amount: Money
    fee: Money
    purpose: str
    source: FundingSource | None
    expires_at: datetime
    note: str
    reference: str
    invited: str = ""


def write_signed_text(shown: Shown) -> str:
    """Return the canonical JSON of what is shown, with a nonce that makes it unlike any other."""
    return canonical(
        {
            "amount": _money(shown.amount),
            "expires_at": rfc3339(shown.expires_at),
            "fee": _money(shown.fee),
            "for": shown.reference,
            "funding_source": _source(shown.source),
            "nonce": secrets.token_urlsafe(_NONCE_BYTES),
            "note": shown.note,
            "payee": _payee(shown),
            "payer": _party(shown.payer),
            "purpose": shown.purpose,
            "total": _money(shown.amount),
        }
    )


def canonical(value: object) -> str:
    """Return JSON in RFC 8785 form, for values made of objects, texts and small integers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest_of(signed_text: str) -> bytes:
    """Return the 32 bytes that PIN and device sign."""
    return hashlib.sha256(signed_text.encode("utf-8")).digest()


def rfc3339(moment: datetime) -> str:
    """Return a moment in UTC with milliseconds, as every answer of the API writes it."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _payee(shown: Shown) -> dict[str, object]:
    """Return who is paid; somebody who has not enrolled goes by their number, and it says so."""
    if not shown.invited:
        return dict(_party(shown.payee))
    return {"enrolled": False, "name": shown.invited, "party": shown.payee.public_id}


def _party(party: PartyFacts) -> dict[str, str]:
    return {"name": party.masked_legal_name or party.display_name, "party": party.public_id}


def _money(money: Money) -> dict[str, object]:
    return {"amount_minor": money.amount_minor, "currency": money.currency}


def _source(source: FundingSource | None) -> dict[str, str]:
    if source is None:
        return {}
    return {"bank": source.bank, "kind": source.kind, "last4": source.last4}
