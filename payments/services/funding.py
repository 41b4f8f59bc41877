"""Linking bank accounts and cards, always through the bank and never by a card number."""

import re
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import BankUnavailable, NotFound, TrocoError
from core.events import publish
from core.idempotency import record
from core.ids import new_id
from core.transactions import owns, refuse_owner
from payments.enums import SourceKind
from payments.models import FundingSource, PayoutAccount
from payments.queries.countries import BankFacts, bank_by_slug, country_by_iso2
from payments.queries.funding import source_of
from payments.rails import RailUnavailable, VerificationRefused, VerifiedAccount, rail_named
from payments.services.rules import FundingSourceRefused, party_id_of
from people.names import fold_name
from people.queries import PartyFacts, parties_by_ids
from people.services import audit

if TYPE_CHECKING:
    from people.models import Person

# 13 to 19 digits in a row, as cards have (ISO/IEC 7812-1), with the spaces or hyphens people put
# between them, and no letter or digit at either end: a bank's token is not a card number.
_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9](?:[ -]?[0-9]){12,18}(?![0-9A-Za-z])")
_NINE = 9


class CardNumberRefused(TrocoError):
    """A text holds what looks like a card number; it is not stored."""

    code = "card_number_refused"
    http_status = 422
    words = _("Never type a card number here. Link the card on the page of your bank.")


def refuse_card_numbers(value: object) -> None:
    """Refuse any text, however deep in a JSON value, that holds a card number.

    Raises:
        CardNumberRefused: A run of 13 to 19 digits passes the Luhn check.

    Transaction: none.
    """
    if isinstance(value, dict):
        for key, inner in value.items():
            refuse_card_numbers(key)
            refuse_card_numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            refuse_card_numbers(inner)
    elif isinstance(value, str | int) and any(map(_is_card, _DIGITS.findall(str(value)))):
        raise CardNumberRefused


@owns
def add_funding_source(*, person: "Person", kind: str, bank: str, token: str) -> FundingSource:
    """Link an account or card by the token that its bank's own page handed over.

    It cannot be used before ``verify_funding_source``. A balance has no bank and no token, and
    can be used at once. Adding the same again returns what is there.

    Changes: one ``FundingSource``.

    Args:
        person: Whose it is.
        kind: A ``SourceKind``.
        bank: The bank's slug; empty for a balance.
        token: The bank's token; empty for a balance.

    Raises:
        CardNumberRefused: Bank or token holds a card number.
        FundingSourceRefused: There is no such bank in the person's country, or no balances.

    Transaction: owns.
    """
    refuse_card_numbers([bank, token])
    party = _party_of(person)
    moment = business_now()
    if kind == SourceKind.BALANCE:
        source = _add_balance(party, moment)
    else:
        source = _add_at_bank(party, kind, (bank, token), moment)
    record(source)
    return source


def verify_funding_source(*, person: "Person", source_id: str, code: str) -> FundingSource:
    """Let the bank confirm, by its code, that a linked account is the person's own.

    The bank compares the holder's tax id, so an identity is needed first. The first verified
    source becomes the default.

    Changes: the ``FundingSource``. Publishes ``source.verified``.

    Args:
        person: Whose it is.
        source_id: Public id of the source.
        code: What the bank told its customer.

    Raises:
        NotFound: There is no such source, or it is somebody else's.
        FundingSourceRefused: The bank does not confirm; it does not say what was wrong.
        BankUnavailable: The bank did not answer.

    Transaction: owns (after the bank has answered; none while it is asked).
    """
    party = _party_of(person)
    source = source_of(party.id, source_id)
    if source is None:
        raise NotFound
    if source.verified_at is not None:
        return _mark_verified(source_id=source.id, party_id=party.id, last4=source.last4)
    found = _ask_bank(source.bank, (source.token, code), party.tax_id)
    if found.kind != source.kind:
        raise FundingSourceRefused
    return _mark_verified(source_id=source.id, party_id=party.id, last4=found.last4)


def confirm_holder(*, person: "Person", source_id: str, code: str) -> FundingSource:
    """Let the bank of a verified source confirm the person anew, by a code of this moment.

    Args:
        person: Whose it is.
        source_id: Public id of the source.
        code: What the bank told its customer.

    Raises:
        NotFound: There is no such source, or it is somebody else's.
        FundingSourceRefused: It was never verified, or the bank does not confirm.
        BankUnavailable: The bank did not answer.

    Transaction: none (refuses to run inside one: a bank is asked).
    """
    party = _party_of(person)
    source = source_of(party.id, source_id)
    if source is None:
        raise NotFound
    if source.verified_at is None or source.kind == SourceKind.BALANCE:
        raise FundingSourceRefused
    _ask_bank(source.bank, (source.token, code), party.tax_id)
    return source


@owns
def set_default_source(*, person: "Person", source_id: str) -> FundingSource:
    """Let a source be the one that is used unless another is named.

    Changes: the ``FundingSource`` and the default before it.

    Raises:
        NotFound: There is no such source, or it is somebody else's.
        FundingSourceRefused: It is not verified.

    Transaction: owns.
    """
    party_id = _party_of(person).id
    source = _lock_source(party_id, source_id)
    if source.verified_at is None:
        raise FundingSourceRefused
    _make_default(party_id, source.id)
    source.is_default = True
    record(source)
    return source


@owns
def remove_funding_source(*, person: "Person", source_id: str) -> None:
    """Unlink a source. Payments that used it keep it; the oldest other becomes the default.

    Changes: the ``FundingSource``, and another that becomes the default.

    Raises:
        NotFound: There is no such source, or it is somebody else's.

    Transaction: owns.
    """
    party_id = _party_of(person).id
    source = _lock_source(party_id, source_id)
    FundingSource.objects.filter(id=source.id).update(removed_at=business_now(), is_default=False)
    if source.is_default:
        others = FundingSource.objects.filter(
            party_id=party_id, verified_at__isnull=False, removed_at__isnull=True
        )
        following = others.order_by("id").first()
        if following is not None:
            _make_default(party_id, following.id)


def add_payout_account(
    *, party_id: int, bank: str, token: str, code: str, actor: "Person | None"
) -> PayoutAccount:
    """Set the bank account that a shop's sales are settled to, once its bank confirms it.

    Changes: the ``PayoutAccount``; the one before is kept as replaced; an audit entry. Publishes
    ``payout_holder.changed`` when the account is somebody's who was not paid before, and who by
    name is not the business itself.

    Args:
        party_id: The shop's party.
        bank: The bank's slug.
        token: The bank's token for the account.
        code: What the bank told its customer.
        actor: Who sets it; None for the seeding of a sandbox.

    Raises:
        NotFound: There is no such party.
        CardNumberRefused: Bank or token holds a card number.
        FundingSourceRefused: There is no such bank in the shop's country, it does not confirm,
            or it is no bank account.
        BankUnavailable: The bank did not answer.

    Transaction: owns (after the bank has answered; none while it is asked).
    """
    refuse_card_numbers([bank, token])
    party = parties_by_ids([party_id]).get(party_id)
    if party is None:
        raise NotFound
    _bank_in(party.country, bank)
    found = _ask_bank(bank, (token, code), party.tax_id)
    if found.kind != SourceKind.BANK_ACCOUNT:
        raise FundingSourceRefused
    return _replace_payout_account(party=party, place=(bank, token), found=found, actor=actor)


@owns
def _replace_payout_account(
    *,
    party: PartyFacts,
    place: tuple[str, str],
    found: VerifiedAccount,
    actor: "Person | None",
) -> PayoutAccount:
    """Write the new account and close the one before."""
    moment = business_now()
    current = PayoutAccount.objects.select_for_update().filter(
        party_id=party.id, replaced_at__isnull=True
    )
    before = current.first()
    if before is not None:
        PayoutAccount.objects.filter(id=before.id).update(replaced_at=moment)
    account = PayoutAccount.objects.create(
        public_id=new_id("pac"),
        party_id=party.id,
        bank=place[0],
        token=place[1],
        last4=found.last4,
        holder_name=found.holder_name or party.legal_name or party.display_name,
        added_by=actor,
        verified_at=moment,
    )
    audit.record(
        actor=actor,
        action="payout_account.set",
        object_ref=party.public_id,
        before={"account": str(before) if before else ""},
        after={"account": str(account)},
        reason="",
    )
    known = {fold_name(name) for name in (before and before.holder_name, party.legal_name) if name}
    if fold_name(account.holder_name) not in known:
        publish("payout_holder.changed", party_id=party.id)
    return account


@owns
def _mark_verified(*, source_id: int, party_id: int, last4: str) -> FundingSource:
    """Let a confirmed source be used; the first one is the default."""
    source = FundingSource.objects.select_for_update().get(id=source_id)
    if source.removed_at is not None:
        raise NotFound
    if source.verified_at is None:
        source.verified_at, source.last4 = business_now(), last4
        has_default = FundingSource.objects.filter(party_id=party_id, is_default=True).exists()
        source.is_default = not has_default
        source.save(update_fields=["verified_at", "last4", "is_default"])
        publish("source.verified", party_id=party_id)
    record(source)
    return source


def _party_of(person: "Person") -> PartyFacts:
    """Return the party that a person acts for."""
    party_id = party_id_of(person)
    return parties_by_ids([party_id])[party_id]


def _bank_in(country: str, slug: str) -> BankFacts:
    bank = bank_by_slug(slug)
    if bank is None or bank.country != country:
        raise FundingSourceRefused(_("There is no such bank in your country."))
    return bank


def _ask_bank(slug: str, secrets: tuple[str, str], tax_id: str | None) -> VerifiedAccount:
    """Ask a bank whether a token's holder is the one we think, outside of any transaction."""
    refuse_owner("payments.services.funding._ask_bank")
    bank = bank_by_slug(slug)
    if bank is None or tax_id is None:
        raise FundingSourceRefused(_("Give your identity first; the bank compares it."))
    token, code = secrets
    try:
        return rail_named(bank.rail).verify_account(slug, token, code, tax_id)
    except VerificationRefused as refusal:
        raise FundingSourceRefused(_("The bank did not confirm it. Check the code.")) from refusal
    except RailUnavailable as failure:
        raise BankUnavailable from failure


def _add_balance(party: PartyFacts, moment: datetime) -> FundingSource:
    """Let a party pay from the balance that the operator holds for it."""
    country = country_by_iso2(party.country)
    if country is None or not country.holds_funds:
        raise FundingSourceRefused(_("Troco may not hold money in your country."))
    mine = FundingSource.objects.filter(party_id=party.id, removed_at__isnull=True)
    found = mine.filter(kind=SourceKind.BALANCE).first()
    return found or FundingSource.objects.create(
        public_id=new_id("fnd"),
        party_id=party.id,
        kind=SourceKind.BALANCE.value,
        bank="",
        token="",
        is_default=not mine.filter(is_default=True).exists(),
        created_at=moment,
        verified_at=moment,
    )


def _add_at_bank(
    party: PartyFacts, kind: str, place: tuple[str, str], moment: datetime
) -> FundingSource:
    """Keep a bank's token, waiting to be verified."""
    slug, token = place
    _bank_in(party.country, slug)
    known = FundingSource.objects.filter(
        party_id=party.id, bank=slug, token=token, removed_at__isnull=True
    )
    return known.first() or FundingSource.objects.create(
        public_id=new_id("fnd"),
        party_id=party.id,
        kind=kind,
        bank=slug,
        token=token,
        created_at=moment,
    )


def _lock_source(party_id: int, public_id: str) -> FundingSource:
    source = (
        FundingSource.objects.select_for_update()
        .filter(party_id=party_id, public_id=public_id, removed_at__isnull=True)
        .first()
    )
    if source is None:
        raise NotFound
    return source


def _make_default(party_id: int, source_id: int) -> None:
    """Move the default in two statements, the old first: there is never more than one."""
    FundingSource.objects.filter(party_id=party_id, is_default=True).update(is_default=False)
    FundingSource.objects.filter(id=source_id).update(is_default=True)


def _is_card(digits: str) -> bool:
    """Tell whether a run of digits passes the Luhn check (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(re.sub("[ -]", "", digits))):
        value = int(digit) * (1 + place % 2)
        total += value - _NINE if value > _NINE else value
    return total % 10 == 0
