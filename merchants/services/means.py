"""How a shop is paid outside of Troco: added after a wait that everybody sees, removed at once.

Whoever gets into a shop's portal would like its buyers to pay somebody else. So a new way counts
only after a wait (``TROCO_MEANS_COOLING_HOURS``), the team reads of it on every page meanwhile,
and until then buyers are shown the one before. The portal asks for the second factor again
before it calls ``add_means``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.ids import new_id
from core.transactions import joins, owns
from merchants.models import ExternalMeans, Shop
from merchants.services.texts import clean_text, refusal
from payments.codes import CodeRefused, Reason
from payments.codes.outside import Asked, MeansKind, kinds_of, read_payee, write_means
from payments.services.funding import refuse_card_numbers
from people.names import clean_text as clean_name
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

LONGEST_NAME = 70
LONGEST_CITY = 15
_SHOWN_END = 4

_WORDS = {
    Reason.EMPTY: _("Write whom it pays."),
    Reason.TOO_LONG: _("This is too long."),
    Reason.UNSAFE_LINK: _("Only links that begin with https:// and a plain host name are shown."),
    Reason.UNKNOWN_KIND: _("This is no link. It begins with https://."),
}
_NO_PAYEE = _("This is no such key, number or account. Compare it digit by digit.")


@dataclass(frozen=True, slots=True)
class NewMeans:
    """A way to be paid, as the shop typed it.

    Attributes:
        kind: A ``MeansKind`` of the shop's country.
        payee: Key, number, account or link.
        holder_name: Whom it belongs to, 1 to 70 characters.
        city: Where they are, for Pix; up to 15 characters.
    """

    kind: str
    payee: str
    holder_name: str
    city: str = ""


def add_means(
    *, shop_id: int, actor: "Person", wanted: NewMeans, is_seed: bool = False
) -> ExternalMeans:
    """Add a way to pay a shop, or change the one of its kind; it counts after the wait.

    Changes: an ``ExternalMeans``, the audit trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Its owner, who has just shown the second factor again.
        wanted: The way.
        is_seed: A sandbox's own shop is set up before it opens, and does not wait.

    Raises:
        NotFound: No such shop.
        InputInvalid, TextInvalid: The way is none of the country, or the payee, the name or the
            city is wrong; the field says why.
        CardNumberRefused: A card's number stands in it.
        StateConflict: A change of this kind waits already.

    Transaction: owns.
    """
    try:
        return _add(shop_id, actor, wanted, is_seed=is_seed)
    except IntegrityError as error:
        raise StateConflict(_WAITS) from error


@owns
def remove_means(*, shop_id: int, actor: "Person", means_id: str) -> None:
    """Take a way to pay away, at once: nobody is harmed by being shown less.

    One that does not count yet is taken back, and the one before stays. One that counts goes
    with all that it replaced.

    Changes: the ``ExternalMeans``, the audit trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team does it.
        means_id: Public id.

    Raises:
        NotFound: The shop has no such means (any more).

    Transaction: owns.
    """
    moment = business_now()
    standing = ExternalMeans.objects.select_for_update().filter(
        shop_id=shop_id, removed_at__isnull=True
    )
    found = standing.filter(public_id=means_id).first()
    if found is None:
        raise NotFound
    going = ExternalMeans.objects.filter(pk=found.pk)
    if found.usable_at <= moment:
        going = standing.filter(kind=found.kind, number__lte=found.number)
    going.update(removed_at=moment, removed_by=actor)
    _note(found, actor, "means.removed", moment)


_WAITS = _("A change of this kind waits already. Take it back first, or let it come.")


@owns
def _add(shop_id: int, actor: "Person", wanted: NewMeans, *, is_seed: bool) -> ExternalMeans:
    moment = business_now()
    # Two changes at once wait for each other here; the unique number has the last word.
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    kind, payee, name, city = _read(shop, wanted)
    rows = ExternalMeans.objects.filter(shop=shop, kind=kind)
    if rows.filter(removed_at__isnull=True, usable_at__gt=moment).exists():
        raise StateConflict(_WAITS)
    last = rows.order_by("-number").values_list("number", flat=True).first()
    wait = timedelta(hours=0 if is_seed else settings.TROCO_MEANS_COOLING_HOURS)
    made = ExternalMeans.objects.create(
        public_id=new_id("mns"),
        shop=shop,
        kind=kind,
        number=(last or 0) + 1,
        payee=payee,
        holder_name=name,
        city=city,
        added_by=actor,
        added_at=moment,
        usable_at=moment + wait,
    )
    _note(made, actor, "means.added", moment)
    return made


def _read(shop: Shop, wanted: NewMeans) -> tuple[MeansKind, str, str, str]:
    """Return what was typed in its written form, after writing a code with it once."""
    if wanted.kind not in kinds_of(shop.country):
        raise refusal("kind", _("Shops of this country cannot be paid this way."))
    kind = MeansKind(wanted.kind)
    # Buyers compare this name with what their bank shows: nothing may turn or hide its letters.
    name = clean_name(wanted.holder_name, field="holder_name", longest=LONGEST_NAME)
    needs_city = int(kind == MeansKind.PIX)
    city = clean_text(wanted.city, "city", LONGEST_CITY, shortest=needs_city)
    text = clean_text(wanted.payee, "payee", 300, shortest=1)
    refuse_card_numbers([name, city])
    try:
        payee = read_payee(kind, text)
        write_means(kind, payee, Asked(name, 1, shop.currency, "1", city))
    except CodeRefused as error:
        raise refusal("payee", _WORDS.get(error.reason, _NO_PAYEE)) from error
    return kind, payee, name, city


@joins
def _note(means: ExternalMeans, actor: "Person", action: str, moment: datetime) -> None:
    """Write into the audit trail; the payee by its end only."""
    facts = {
        "means": means.public_id,
        "kind": means.kind,
        "payee_end": means.payee[-_SHOWN_END:],
        "usable_at": means.usable_at.isoformat(),
        "at": moment.isoformat(),
    }
    record(
        actor=actor,
        action=action,
        object_ref=means.shop.public_id,
        before=facts if action == "means.removed" else {},
        after=facts if action == "means.added" else {},
        reason="",
    )
