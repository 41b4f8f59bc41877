"""Counting against limits, exactly, however many payments come at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.errors import NotFound, TrocoError
from core.transactions import joins
from payments.enums import LimitMeasure, LimitSide, LimitWindow, PaymentKind
from payments.facts import LimitFact
from payments.limits import STANDARD_FEES, STANDARD_RULES, Rule
from payments.models import FeeRule, LimitRule
from payments.queries.countries import CountryFacts, country_by_iso2
from payments.queries.limit_words import why_refused
from payments.queries.limits import Holder, Limit, read_rules, rules_in_force


class LimitReached(TrocoError):
    """The payment would pass a limit; ``limit`` names it and ``why`` says whose limit it is."""

    code = "limit_reached"
    http_status = 422
    words = _("This is more than a limit allows. Look at what is left, and pay less or later.")


@dataclass(frozen=True, slots=True)
class Spending:
    """What a payment uses of limits: what the payer sends and the payee receives.

    Attributes:
        payer_id: The party that sends.
        payee_id: The party that receives.
        kind: The kind of payment.
        amount_minor: How much.
        payer_tier: How well the payer's identity was checked; empty for not at all.
        payee_tier: The same of the payee.
        ceiling_until: Until when the paying device is held to a new one's ceiling; None where
            no device pays.
    """

    payer_id: int
    payee_id: int
    kind: str
    amount_minor: int
    payer_tier: str = ""
    payee_tier: str = ""
    ceiling_until: datetime | None = None


def limit_reached(limit: Limit) -> LimitReached:
    """Return the refusal that names a limit and says why it is there."""
    word = why_refused(limit)
    told = " ".join((str(LimitReached.words), str(word.detail)))
    return LimitReached(told, limit=limit.name, why=word.code, kind=limit.kind)


@dataclass(frozen=True, slots=True)
class Counters:
    """The counters that a payment adds to, and what it adds to each.

    Attributes:
        limits: The limits with a window, in order.
        spending: What the payment uses of them.
    """

    limits: tuple[Limit, ...]
    spending: Spending

    def arguments(self) -> list[list[object]]:
        """Return the five arrays of ``limits_take_v1``: whose, which, when, how much, at most."""
        parties = {
            LimitSide.SENT: self.spending.payer_id,
            LimitSide.RECEIVED: self.spending.payee_id,
        }
        return [
            [parties[LimitSide(each.side)] for each in self.limits],
            [each.rule_id for each in self.limits],
            [each.window_key for each in self.limits],
            [_asked(each, self.spending) for each in self.limits],
            [each.cap for each in self.limits],
        ]

    def refusal(self, rule_id: int) -> LimitReached:
        """Return the refusal of the rule that the database named."""
        return limit_reached(next(each for each in self.limits if each.rule_id == rule_id))


def choose_counters(
    *,
    spending: Spending,
    country: CountryFacts,
    moment: datetime,
    side: LimitSide | None = None,
    rows: Sequence[Mapping[str, Any]] | None = None,
) -> Counters:
    """Return the counters that a payment must add to; a limit of one payment is judged here.

    They are added to by the statement that writes the payment, each conditionally, in a fixed
    order: parallel payments cannot pass a limit together. One query.

    Args:
        spending: Who, what kind, how much.
        country: The country whose rules apply; its time zone cuts the windows.
        moment: The business moment.
        side: Count only what is sent, or only what is received; None for both. A payment that
            waits for its payee counts as received when it is claimed.
        rows: What ``limits_told_v1`` told of these two, where the caller has read it already.

    Raises:
        LimitReached: The payment alone is more than a limit allows.

    Transaction: none (one query, or none).
    """
    holder = Holder(
        spending.payer_id,
        spending.payer_tier,
        spending.payee_tier,
        spending.ceiling_until,
        spending.payee_id,
    )
    if rows is None:
        rows = read_rules(holder, country, [spending.kind])
    found = rules_in_force(rows, holder, country, moment)
    in_force = [each for each in found if side in {None, each.side}]
    for each in in_force:
        if not each.window_key and _asked(each, spending) > each.cap:
            raise limit_reached(each)
    return Counters(tuple(each for each in in_force if each.window_key), spending)


@joins
def take_limits(
    *,
    spending: Spending,
    country: CountryFacts,
    moment: datetime,
    side: LimitSide | None = None,
) -> list[list[int]]:
    """Count something that is no new payment against every limit it touches, or refuse it.

    Changes: one ``LimitUsage`` counter for each rule with a window, in one statement.

    Args:
        spending: Who, what kind, how much.
        country: The country whose rules apply; its time zone cuts the windows.
        moment: The business moment.
        side: Count only what is sent, or only what is received; None for both.

    Returns:
        ``[[usage id, what was added], …]``, to be kept for ``release_limits``.

    Raises:
        LimitReached: A limit would be passed; its name is in ``limit``. The caller rolls back.

    Transaction: joins.
    """
    counters = choose_counters(spending=spending, country=country, moment=moment, side=side)
    if not counters.limits:
        return []
    ids = _take(counters)
    if ids[0] < 0:
        raise counters.refusal(-ids[0])
    return [
        [usage, _asked(each, spending)] for usage, each in zip(ids, counters.limits, strict=True)
    ]


@joins
def release_limits(*, taken: Sequence[Sequence[int]]) -> None:
    """Give back what a payment that failed had used.

    Args:
        taken: What ``take_limits`` returned. The caller sees to it that it is given back once.

    Transaction: joins.
    """
    if not taken:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT limits_release_v1(%s::bigint[], %s::bigint[])",
            [[usage for usage, _amount in taken], [amount for _usage, amount in taken]],
        )


@joins
def put_standard_rules(*, country: str) -> None:
    """Give a country the limits and fees it starts with, where it has none of that name yet.

    Rows that exist are left alone: an operator may have changed them. May be called again.

    Args:
        country: ISO 3166 two-letter code of a country that is set up.

    Raises:
        NotFound: The country is not set up, or no standard rules are known for it.

    Transaction: joins.
    """
    found = country_by_iso2(country)
    if found is None or country not in STANDARD_RULES:
        raise NotFound
    _put_limits(found, STANDARD_RULES[country])
    _put_fees(country, {kind.value: points for kind, points in STANDARD_FEES[country].items()})


@joins
def put_rules(*, country: str, limits: Iterable[LimitFact]) -> None:
    """Give a country the limits of its file, and no fees, as ``put_standard_rules`` does.

    Args:
        country: ISO 3166 two-letter code of a country that is set up.
        limits: What may be sent.

    Raises:
        NotFound: The country is not set up.

    Transaction: joins.
    """
    found = country_by_iso2(country)
    if found is None:
        raise NotFound
    rules = [
        Rule(
            kind=each.kind,
            name=each.name,
            side=LimitSide.SENT,
            window=LimitWindow(each.window),
            measure=LimitMeasure.AMOUNT,
            value=each.value,
            source=each.source,
        )
        for each in limits
    ]
    _put_limits(found, rules)
    _put_fees(country, dict.fromkeys((kind.value for kind in PaymentKind), 0))


def _put_limits(country: CountryFacts, rules: Iterable[Rule]) -> None:
    LimitRule.objects.bulk_create(
        [
            LimitRule(
                country=country.iso2,
                kind=rule.kind,
                name=rule.name,
                side=rule.side.value,
                window=rule.window.value,
                measure=rule.measure.value,
                condition=rule.condition.value,
                value=rule.value,
                currency=country.currency,
                source=rule.source,
            )
            for rule in rules
        ],
        ignore_conflicts=True,
    )


def _put_fees(country: str, fees: Mapping[str, int]) -> None:
    FeeRule.objects.bulk_create(
        [
            FeeRule(country=country, kind=kind, basis_points=basis_points)
            for kind, basis_points in fees.items()
        ],
        ignore_conflicts=True,
    )


def _asked(each: Limit, spending: Spending) -> int:
    """Return what a payment uses of a limit: itself, or its amount."""
    return 1 if each.measure == LimitMeasure.COUNT else spending.amount_minor


def _take(counters: Counters) -> list[int]:
    """Add to the counters; ids of the counters, or minus the id of the rule that refused."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT limits_take_v1(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[],"
            " %s::bigint[])",
            counters.arguments(),
        )
        return list(cursor.fetchone()[0])
