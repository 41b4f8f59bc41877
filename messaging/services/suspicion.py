"""A message that asks for money back by another way than the payment's own.

"I was paid by mistake, send it to this key instead" is how a payment is taken twice: the victim
sends a new payment, and the first one is called back as well. Such a text from somebody who was
just paid gets a warning for its receiver, and the receiver's next quote to somebody new says so.
Nothing is refused and nothing is hidden.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final

from core.transactions import joins
from messaging.enums import FeedKind
from messaging.models import Conversation, Message
from messaging.services.feed import append_for_party
from payments.queries import was_paid_since
from payments.services.warnings import note_asked_elsewhere

RETURN_ELSEWHERE: Final = "return_elsewhere"
PAID_WITHIN: Final = timedelta(days=7)

# Words that ask for money back: Portuguese, English, Bengali. Matched on folded text.
_ASKS: Final = re.compile(
    "|".join(
        (
            r"\bdevolv|\bdevoluc|\bestorn|\breembols|\bde volta\b|\bpor engano\b|\bpix errado\b",
            r"\breturn\b|\brefund|\bsend (it|that|the money)? ?back\b|\bgive (it|that)? ?back\b",
            r"\bby mistake\b",
            "ফেরত|ফিরিয়ে|ভুল করে".replace("\u09af\u09bc", "\u09df"),
        )
    )
)
# Where to: a Pix key as domain.md lists them. Phone, CPF, CNPJ, e-mail, random key (EVP).
_KEYS: Final = (
    r"\+\d[\d\s().-]{7,16}\d",
    r"\b\(?\d{2}\)?[\s.-]?9?\d{4}[\s.-]?\d{4}\b",
    r"\b\d{3}\.?\d{3}\.?\d{3}-?\d{2}\b",
    r"\b\d{2}\.?\d{3}\.?\d{3}/?\d{4}-?\d{2}\b",
    r"\b[\w.+-]+@[\w-]+\.[\w.-]+\b",
    r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b",
    r"\b01\d{9}\b",
)
_KEY: Final = re.compile("|".join(_KEYS))
# Plain letters of European languages without a digit, an @ or a dash name no key, whatever they
# look like; that is most of what people say, and folding a text takes its time.
_NAMES_NO_KEY: Final = re.compile("[^0-9@\\-\u00b2\u00b3\u00b9\u00bc-\u00be\u0180-\U0010ffff]*")


def asks_elsewhere(text: str) -> bool:
    """Tell whether a text asks for money back and names where else to send it."""
    if _NAMES_NO_KEY.fullmatch(text):
        return False
    plain = _fold(text)
    return bool(_ASKS.search(plain)) and bool(_KEY.search(plain))


def warnings_of(text: str, sender_id: int, receiver_id: int, moment: datetime) -> list[str]:
    """Return the codes of what the receiver of a text should be warned of.

    Only a text that asks elsewhere costs a query: whether its sender was paid by its receiver in
    the last days.
    """
    if not asks_elsewhere(text):
        return []
    since = moment - PAID_WITHIN
    was_paid = was_paid_since(payer_id=receiver_id, payee_id=sender_id, since=since)
    return [RETURN_ELSEWHERE] if was_paid else []


@joins
def warn_receiver(
    *, message: Message, conversation: Conversation, receiver_id: int, xid: int
) -> None:
    """Tell the receiver of a message what it warns of, and payments too.

    Changes: one ``FeedRow`` ``warning`` for the receiver, right after the message's own; one
    ``AskedElsewhere``.

    Transaction: joins.
    """
    append_for_party(
        party_id=receiver_id,
        kind=FeedKind.WARNING.value,
        payload={
            "message": message.public_id,
            "conversation": conversation.public_id,
            "warnings": message.warnings,
        },
        at_least=xid,
        moment=message.created_at,
    )
    note_asked_elsewhere(
        warned_id=receiver_id,
        about_id=message.sender_id,
        message_ref=message.public_id,
        moment=message.created_at,
    )


def _fold(text: str) -> str:
    """Return a text without case, accents, look-alike forms and invisible letters.

    Digits of every script become those of ASCII; Bengali keeps its vowel signs.
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    kept = (
        letter
        for letter in plain
        if unicodedata.category(letter) != "Cf" and not "\u0300" <= letter <= "\u036f"
    )
    digits = (str(unicodedata.digit(each, each)) for each in kept)
    return unicodedata.normalize("NFC", "".join(digits))
