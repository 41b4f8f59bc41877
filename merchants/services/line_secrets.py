"""The secret that signs what a shop's number tells its programs: changed without a gap."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from core.api import moment_out
from core.clock import wall_now
from core.transactions import joins, owns
from merchants.enums import Dialect
from merchants.keys import new_app_secret, seal
from merchants.models import Line, WebhookEndpoint
from merchants.services.lines import OpenedLine, hash_of, lock_line, signing_of
from merchants.services.texts import refusal
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

LONGEST_OVERLAP: Final = timedelta(days=7)


@owns
def rotate_app_secret(
    *, shop_id: int, actor: "Person | None", overlap: timedelta = timedelta(0)
) -> OpenedLine:
    """Give a line's app a new secret, which takes the old one's place after a while.

    News carries one signature, so one of the two signs. Until the while is over it is the one that
    programs know, which also lets them in beside the new one; ``switch_app_secret`` ends it early.
    Changed again within it, the one that signs now signs on, and the one in between is forgotten.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team wants it.
        overlap: For how long the old one signs: none to a week.

    Raises:
        NotFound: The shop has no line.
        InputInvalid: The overlap is out of bounds.

    Transaction: owns.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise refusal("overlap", _("The old secret signs on for a week at most."))
    line, secret, now = lock_line(shop_id=shop_id), new_app_secret(), wall_now()
    if not overlap:
        _forget_old_secret(line)
    else:
        if not _is_overlapping(line, now):
            line.old_app_secret, line.old_app_secret_hash = line.app_secret, line.app_secret_hash
        line.old_app_secret_until = now + overlap
    line.app_secret, line.app_secret_hash = seal(secret), hash_of(secret)
    _write_secrets(line, actor, "line.secret_rotated")
    return OpenedLine(line, secret)


@owns
def switch_app_secret(*, shop_id: int, actor: "Person | None") -> Line:
    """Let the new secret of a line's app sign from now on, and the old one let nobody in.

    Where no old one is left it changes nothing.

    Raises:
        NotFound: The shop has no line.

    Transaction: owns.
    """
    line = lock_line(shop_id=shop_id)
    if line.old_app_secret:
        _forget_old_secret(line)
        _write_secrets(line, actor, "line.secret_switched")
    return line


def _is_overlapping(line: Line, now: datetime) -> bool:
    return line.old_app_secret_until is not None and now < line.old_app_secret_until


def _forget_old_secret(line: Line) -> None:
    line.old_app_secret, line.old_app_secret_hash, line.old_app_secret_until = "", None, None


@joins
def _write_secrets(line: Line, actor: "Person | None", action: str) -> None:
    """Keep a line's secrets, and have its news signed by them."""
    line.save(
        update_fields=[
            "app_secret",
            "app_secret_hash",
            "old_app_secret",
            "old_app_secret_hash",
            "old_app_secret_until",
        ]
    )
    WebhookEndpoint.objects.filter(shop_id=line.shop_id, dialect=Dialect.CLOUD).update(
        **signing_of(line)
    )
    until = line.old_app_secret_until
    record(
        actor=actor,
        action=action,
        object_ref=line.shop.public_id,
        before={},
        after={"old_signs_until": moment_out(until)} if until else {},
        reason="",
    )
