"""Every refusal has a class, a stable code, an HTTP status and words for people.

A service raises the error of its own module; the API turns it into a problem document
(RFC 9457) in one place. Codes are a contract: others branch on them. The catalogue in
``docs/errors.md`` is written from ``catalogue`` and tested against it.

This module knows no Django, so that money and state tables can use it anywhere. Words are
lazy translations handed in by the modules that define errors; here ``words`` may be any
object whose ``str`` is the sentence in the language of the moment.
"""

from collections.abc import Iterator
from typing import ClassVar


def gettext_noop(words: str) -> str:
    """Mark a sentence as one to be translated; whoever shows it translates it."""
    return words


class TrocoError(Exception):
    """A refusal that a caller can expect and act on.

    Args:
        detail: A sentence for this occurrence; the class's words otherwise.
        **extra: Further members of the problem document, such as ``limit`` or
            ``retry_after_seconds``. They must be plain JSON values.

    Attributes:
        code: The stable code.
        http_status: The HTTP status that goes with it.
        words: What is so, and what to do about it, as a sentence.
    """

    code: ClassVar[str] = "refused"
    http_status: ClassVar[int] = 400
    words: ClassVar[object] = gettext_noop("The request was refused.")

    def __init__(self, detail: object = None, **extra: object) -> None:
        """Keep the sentence and the further members."""
        self.detail = detail if detail is not None else self.words
        self.extra = extra
        super().__init__(str(self.code))


def catalogue() -> Iterator[type[TrocoError]]:
    """Yield every error class that has a code of its own, ordered by code."""
    found: dict[str, type[TrocoError]] = {}
    waiting = [TrocoError]
    while waiting:
        parent = waiting.pop()
        for child in parent.__subclasses__():
            waiting.append(child)
            if "code" in vars(child):
                found.setdefault(child.code, child)
    yield from (found[code] for code in sorted(found))


class NotFound(TrocoError):
    """The thing does not exist, or is somebody else's: the two look alike."""

    code = "not_found"
    http_status = 404
    words: ClassVar[object] = gettext_noop("There is nothing here for you. Check the id.")


class Unauthenticated(TrocoError):
    """No valid token came with the call."""

    code = "unauthenticated"
    http_status = 401
    words: ClassVar[object] = gettext_noop(
        "Sign in first: send a valid token as 'Authorization: Bearer …'."
    )


class Forbidden(TrocoError):
    """The caller is known and may not do this."""

    code = "forbidden"
    http_status = 403
    words: ClassVar[object] = gettext_noop("You may not do this. Ask the owner for the right role.")


class StateConflict(TrocoError):
    """The thing has moved on, and what was asked is no longer possible."""

    code = "state_conflict"
    http_status = 409
    words: ClassVar[object] = gettext_noop(
        "This has changed meanwhile. Look at it again before you go on."
    )


class InputInvalid(TrocoError):
    """A field is missing or malformed; ``field_errors`` says which."""

    code = "input_invalid"
    http_status = 400
    words: ClassVar[object] = gettext_noop(
        "Some fields are not right. Correct them and send the request again."
    )


class AmountInvalid(TrocoError):
    """An amount is not a positive whole number of minor units that fits 63 bits."""

    code = "amount_invalid"
    http_status = 400
    words: ClassVar[object] = gettext_noop(
        "An amount is a whole number of minor units, at least 1, with its currency."
    )


class CurrencyMismatch(TrocoError):
    """Two currencies met where only one can be."""

    code = "currency_mismatch"
    http_status = 422
    words: ClassVar[object] = gettext_noop(
        "The currencies differ. Use the currency of the payee's country."
    )


class UnknownField(TrocoError):
    """The body has a field that the call does not know."""

    code = "unknown_field"
    http_status = 400
    words: ClassVar[object] = gettext_noop(
        "The request has a field that this call does not know. Remove it."
    )


class TextInvalid(TrocoError):
    """A text holds NUL, half of a surrogate pair, or what turns the direction of writing."""

    code = "text_invalid"
    http_status = 400
    words: ClassVar[object] = gettext_noop(
        "The text holds a character that cannot be stored. Remove it."
    )


class BodyTooLarge(TrocoError):
    """The body is larger than the call takes."""

    code = "body_too_large"
    http_status = 413
    words: ClassVar[object] = gettext_noop("The request is too large. JSON may have up to 1 MB.")


class IdempotencyKeyMissing(TrocoError):
    """A call that moves money came without an ``Idempotency-Key``."""

    code = "idempotency_key_missing"
    http_status = 400
    words: ClassVar[object] = gettext_noop(
        "Send an Idempotency-Key of 1 to 255 printable characters, so a retry is safe."
    )


class IdempotencyKeyReused(TrocoError):
    """The key was used before for another request."""

    code = "idempotency_key_reused"
    http_status = 422
    words: ClassVar[object] = gettext_noop(
        "This Idempotency-Key was used for another request. Use a new key."
    )


class InProgress(TrocoError):
    """The same request is being worked on at this moment."""

    code = "in_progress"
    http_status = 409
    words: ClassVar[object] = gettext_noop(
        "The same request is still running. Ask again in a moment with the same key."
    )


class TooManyRequests(TrocoError):
    """The caller asks too often."""

    code = "too_many_requests"
    http_status = 429
    words: ClassVar[object] = gettext_noop("Too many requests. Wait a little before the next one.")


class BankUnavailable(TrocoError):
    """The bank cannot be reached just now, and nothing was sent to it."""

    code = "bank_unavailable"
    http_status = 503
    words: ClassVar[object] = gettext_noop(
        "The bank cannot be reached just now. Nothing was moved. Try again later."
    )


class NotReady(TrocoError):
    """The service is starting or lost its database."""

    code = "not_ready"
    http_status = 503
    words: ClassVar[object] = gettext_noop("The service is not ready. Try again in a moment.")


def bad_day() -> NotReady:
    """Return what every call is told when the database refuses, and who must look like that.

    It may be asked again at once: nothing was kept, or all of it was, and a retry with the same
    key finds out which.
    """
    return NotReady(retry_after_seconds=1)


class Unexpected(TrocoError):
    """Something broke that should not have; staff can find it by the request's id."""

    code = "unexpected"
    http_status = 500
    words: ClassVar[object] = gettext_noop(
        "Something went wrong on our side. Nothing was moved unless you see it in the list."
    )
