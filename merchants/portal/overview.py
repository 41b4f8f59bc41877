"""The first page: today, the last thirty days, what waits, and the newest payments."""

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.money import Money
from merchants.portal.access import READERS, SELLERS, TALKERS
from merchants.portal.frame import first_door
from merchants.portal.money import order_numbers, payment_rows
from merchants.portal.pages import Page, see_other
from merchants.portal.payouts import coming_payout
from merchants.portal.review import review_notices
from merchants.portal.templatetags.troco import money
from merchants.portal.words import WAYS
from merchants.queries.overview import DaySales, Overview, overview
from merchants.queries.refund_proposals import proposals_for
from payments.queries import shop as shop_queries
from payments.queries.funding import paid_to
from payments.queries.payments import PaymentFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

LATEST = 7
PERIODS = ("7", "30")


class OverviewPage(Page):
    """The shop at a glance; every figure leads to the list that adds up to it."""

    section = "overview"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it; who sees no figures is led to where their work is."""
        shop, role = self.seat.shop, self.seat.membership.role
        if role not in READERS:
            return see_other(reverse(first_door(role)))
        facts = overview(shop, self.now)
        latest, _more = shop_queries.shop_payments(
            shop.party_id, PaymentFilter(direction="received"), None, LATEST
        )
        asked = self.request.GET.get("days", "30")
        days = int(asked) if asked in PERIODS else 30
        account = paid_to(shop.party_id)
        coming = coming_payout(shop, self.now, facts.unsettled, account)
        checklist = self._checklist(facts, has_account=account is not None)
        context = {
            "review": review_notices(shop.id),
            "today": facts.today,
            "may_charge": self.seat.is_one_of(SELLERS),
            "period": {
                "value": str(days),
                "choices": [
                    (p, ngettext("Last %(n)s day", "Last %(n)s days", int(p)) % {"n": p})
                    for p in PERIODS
                ],
            },
            "kpis": _kpis(facts, may_see_disputes=self.seat.is_one_of(SELLERS)),
            "mine": facts.payable + facts.held + facts.on_the_way,
            "went": _went(facts),
            "sales": _sales(facts, days),
            "todo": self._todo(facts),
            "next_payout": _next_payout(coming),
            "methods": _ways(facts, days),
            "checklist": [] if all(step["done"] for step in checklist) else checklist,
            "checklist_done": sum(1 for step in checklist if step["done"]),
            "payments": payment_rows(latest, order_numbers(shop.id, latest)),
        }
        return self.page("overview.html", context)

    def _todo(self, facts: Overview) -> list[dict[str, Any]]:
        """Return what waits; of it only what this person may open."""
        counts = self.counts
        low = facts.low_stock.count
        orders = reverse("portal:orders")
        talks, sells = self.seat.is_one_of(TALKERS), self.seat.is_one_of(SELLERS)
        rows = [
            self._asked() if sells else None,
            _task(
                counts.orders_to_confirm * talks,
                ngettext(
                    "%(n)s order waits for you",
                    "%(n)s orders wait for you",
                    counts.orders_to_confirm,
                ),
                ("basket", "wait", _("Accept or decline"), f"{orders}?state=placed", _("Open")),
            ),
            _task(
                counts.disputes_to_answer * sells,
                ngettext(
                    "%(n)s dispute to answer", "%(n)s disputes to answer", counts.disputes_to_answer
                ),
                (
                    "alert-triangle",
                    "bad",
                    _("The money is held meanwhile"),
                    f"{reverse('portal:disputes')}?show=mine",
                    _("Answer"),
                ),
            ),
            _task(
                counts.orders_to_prepare * talks,
                ngettext(
                    "%(n)s paid order to prepare",
                    "%(n)s paid orders to prepare",
                    counts.orders_to_prepare,
                ),
                ("package", "info", _("Paid, not started"), f"{orders}?state=paid", _("Prepare")),
            ),
            _task(
                low * talks,
                ngettext("%(n)s product is low", "%(n)s products are low", low),
                (
                    "package",
                    "info",
                    ", ".join(f"{name} ({left})" for name, left in facts.low_stock.fewest),
                    f"{reverse('portal:catalogue')}?show=low",
                    _("Restock"),
                ),
            ),
        ]
        return [row for row in rows if row is not None]

    def _asked(self) -> dict[str, Any] | None:
        """Return the refunds of colleagues that this person may decide."""
        asked = proposals_for(self.seat.membership, self.now)
        return _task(
            len(asked),
            ngettext(
                "%(n)s refund waits for your yes", "%(n)s refunds wait for your yes", len(asked)
            ),
            (
                "arrow-back-up",
                "wait",
                ", ".join(f"{each.asker}: {money(each.amount)}" for each in asked[:3]),
                reverse("portal:refund_proposal", args=[asked[0].id]) if asked else "",
                _("Decide"),
            ),
        )

    def _checklist(self, facts: Overview, *, has_account: bool) -> list[dict[str, Any]]:
        """Return the steps of setting up, for whoever may take them."""
        shop = self.seat.shop
        if not self.seat.may_edit:
            return []
        has_sold = any(day.count for day in (*facts.days, *facts.days_before))
        if shop.about and has_account and has_sold:
            return []
        bank = reverse("portal:bank" if self.seat.is_owner else "portal:setup")
        steps = (
            (_("First product"), self.counts.has_shelf, reverse("portal:product_new")),
            (_("First sale"), has_sold, f"{reverse('portal:setup')}#sale"),
            (_("Tell customers about your shop"), bool(shop.about), reverse("portal:settings")),
            (_("Confirm your bank account"), has_account, bank),
        )
        return [{"words": words, "done": done, "href": href} for words, done, href in steps]


def _task(count: int, words: str, rest: tuple[str, str, str, str, str]) -> dict[str, Any] | None:
    if not count:
        return None
    symbol, tone, detail, href, action = rest
    return {
        "symbol": symbol,
        "tone": tone,
        "title": words % {"n": count},
        "detail": detail,
        "href": href,
        "action": action,
    }


def _kpis(facts: Overview, *, may_see_disputes: bool) -> list[dict[str, Any]]:
    """Return today's sales, and the three places in which the rest of the shop's money is."""
    payments, payouts = reverse("portal:payments"), reverse("portal:payouts")
    today = facts.today.isoformat()
    sold = facts.sales_today.count
    against = _("against last week's day")
    number = ngettext("%(n)s payment", "%(n)s payments", sold) % {"n": sold}
    change = _change(facts.sales_today, facts.sales_week_ago)
    return [
        {
            "label": _("Sales today"),
            "value": facts.sales_today.total,
            "change": change,
            "hint": f"{against} · {number}" if change else number,
            "spark": [day.total.amount_minor for day in facts.days[-14:]],
            "href": f"{payments}?state=completed&from={today}&to={today}",
        },
        _place(_("To be paid out"), facts.payable, _("sold, less fees"), payouts),
        _place(
            _("On hold"),
            facts.held,
            _("held by disputes"),
            f"{reverse('portal:disputes')}?show=held" if may_see_disputes else "",
        ),
        _place(
            _("On its way to your bank"),
            facts.on_the_way,
            _("claimed or sent"),
            f"{payouts}?state=on_the_way",
        ),
    ]


def _place(label: str, amount: Money, hint: str, href: str) -> dict[str, Any]:
    return {
        "label": label,
        "value": amount,
        "change": None,
        "hint": hint,
        "spark": [],
        "href": href,
    }


def _went(facts: Overview) -> dict[str, Any] | None:
    """Return how many of the last payments went through, or None where nobody tried to pay."""
    sold = sum(day.count for day in facts.days)
    if not sold + facts.failed:
        return None
    payments = reverse("portal:payments")
    span = f"from={facts.days[0].day.isoformat()}&to={facts.today.isoformat()}"
    percent = 100 * sold // (sold + facts.failed)
    return {
        "percent": percent,
        "sold": sold,
        "sold_href": f"{payments}?state=completed&{span}",
        "failed": facts.failed,
        "failed_href": f"{payments}?state=failed&{span}",
        "shares": [{"percent": percent}, {"percent": 100 - percent}],
        "days": len(facts.days),
    }


def _change(now: DaySales, before: DaySales) -> dict[str, Any] | None:
    """Return the change in whole percent, or None where there is nothing to compare with."""
    if not before.total.amount_minor:
        return None
    difference = now.total.amount_minor - before.total.amount_minor
    percent = round(100 * difference / before.total.amount_minor)
    return {"words": f"{percent:+d}%", "is_good": percent >= 0}


def _sales(facts: Overview, days: int) -> dict[str, Any]:
    """Return the chart: each day beside the day as long before as the period is."""
    every: Sequence[DaySales] = (*facts.days_before, *facts.days)
    shown = every[-days:]
    points = []
    for day in shown:
        earlier = next((d for d in every if d.day == day.day - timedelta(days=days)), None)
        points.append(
            {"date": day.day, "amount": day.total, "before": earlier.total if earlier else None}
        )
    zero = Money(0, facts.payable.currency)
    return {"total": sum((day.total for day in shown), start=zero), "points": points}


def _ways(facts: Overview, days: int) -> list[dict[str, Any]]:
    """Return how the sales of the period came, each with the list that adds up to it."""
    first, currency = facts.today - timedelta(days=days - 1), facts.payable.currency
    sums: Counter[str] = Counter()
    for day, kind, total in facts.ways:
        if day >= first:
            sums[kind or "direct"] += total.amount_minor
    span = f"state=completed&from={first.isoformat()}&to={facts.today.isoformat()}"
    return [
        {
            "words": WAYS.get(way, way),
            "percent": round(100 * total / sums.total()),
            "amount": Money(total, currency),
            "href": f"{reverse('portal:payments')}?{span}&by={way}",
        }
        for way, total in sums.most_common()
    ]


def _next_payout(coming: dict[str, Any] | None) -> dict[str, Any] | None:
    if coming is None:
        return None
    return {
        "amount": coming["net"],
        "date": coming["date"],
        "bank": coming["bank"],
        "href": reverse("portal:payouts"),
    }
