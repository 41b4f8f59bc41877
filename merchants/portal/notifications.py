"""What happened lately, newest first: orders, payments, disputes, endpoints that were stopped."""

from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from merchants.enums import JobKind, JobState, NewsKind, ProposalState, Role
from merchants.portal.access import PROGRAMMERS, READERS, SELLERS, TALKERS
from merchants.portal.pages import Page
from merchants.portal.program_words import STOPS
from merchants.portal.templatetags.troco import day, headline, money
from merchants.portal.words import REFUND_REASONS
from merchants.queries.jobs import jobs_of_shop
from merchants.queries.orders import newest_orders
from merchants.queries.refund_proposals import proposals_about
from merchants.queries.webhooks import listeners_of_shop
from merchants.services.team import note_looked
from payments.queries.disputes import DisputeFacts, newest_with_disputes
from payments.queries.payments import PaymentSnapshot

PAID_OUT = (Role.OWNER, Role.ACCOUNTANT)
"""Who is told that a month's statement is there."""

EACH = 20
SHOWN = 40


class NotificationsPage(Page):
    """Each thing that happened leads to its page; opening the list makes all of it read."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show what this role may see, and remember that it was looked at."""
        seat = self.seat
        looked_at = seat.membership.looked_at
        kinds = (
            (TALKERS, NewsKind.ORDER, self._orders),
            (READERS, NewsKind.PAYMENT, self._payments),
            (SELLERS, NewsKind.DISPUTE, self._disputes),
            (SELLERS, NewsKind.REFUND, self._proposals),
            (PROGRAMMERS, None, self._endpoints),
            (PAID_OUT, None, self._statements),
        )
        finders = [find for roles, kind, find in kinds if self._tells(roles, kind)]
        rows = [row for find in finders for row in find()]
        rows.sort(key=lambda row: row["at"], reverse=True)
        for row in rows:
            row["is_new"] = looked_at is None or row["at"] > looked_at
        note_looked(shop_id=seat.shop.id, person_id=seat.person.pk, moment=self.now)
        return self.page("notifications.html", {"rows": rows[:SHOWN]})

    def _tells(self, roles: tuple[Role, ...], kind: NewsKind | None) -> bool:
        """Tell whether this person may read of a kind, and wants to; None is always wanted."""
        member = self.seat.membership
        return member.role in roles and (kind is None or kind in member.news.screen)

    @cached_property
    def _money(self) -> tuple[list[PaymentSnapshot], list[DisputeFacts]]:
        """Read payments and disputes together: most of them are between the same people."""
        return newest_with_disputes(
            self.seat.shop.party_id,
            payments=EACH * self._tells(READERS, NewsKind.PAYMENT),
            disputes=EACH * self._tells(SELLERS, NewsKind.DISPUTE),
        )

    def _orders(self) -> list[dict[str, Any]]:
        found = newest_orders(self.seat.shop.id, EACH)
        words = _("Order %(number)s from %(name)s")
        return [
            _row(
                order.placed_at,
                ("basket", "info"),
                words % {"number": order.number, "name": order.buyer_name},
                money(order.total),
                reverse("portal:order", args=[order.public_id]),
            )
            for order in found
        ]

    def _payments(self) -> list[dict[str, Any]]:
        return [
            _row(
                payment.completed_at or payment.created_at,
                ("cash", "ok" if payment.completed_at else "mute"),
                # What came of it later is told by its own line.
                headline("completed" if payment.completed_at else payment.state),
                f"{money(payment.amount)} · {payment.payer.display_name}",
                reverse("portal:payment", args=[payment.id]),
            )
            for payment in self._money[0]
        ]

    def _disputes(self) -> list[dict[str, Any]]:
        return [
            _row(
                dispute.created_at,
                ("alert-triangle", "bad"),
                _("The customer disputes this payment"),
                f"{money(dispute.amount)} · {dispute.payment.payer.display_name}",
                reverse("portal:dispute", args=[dispute.id]),
            )
            for dispute in self._money[1]
        ]

    def _proposals(self) -> list[dict[str, Any]]:
        titles = {
            ProposalState.OPEN: (_("%(name)s asks for a refund"), "wait"),
            ProposalState.APPROVED: (_("Your refund was approved"), "ok"),
            ProposalState.DECLINED: (_("Your refund was declined"), "mute"),
        }
        rows = []
        for each in proposals_about(self.seat.membership, self.now):
            title, tone = titles[each.state]
            by = REFUND_REASONS.get(each.reason, "") if each.ended_at is None else each.decider
            rows.append(
                _row(
                    each.ended_at or each.asked_at,
                    ("arrow-back-up", tone),
                    title % {"name": each.asker} if each.ended_at is None else title,
                    f"{money(each.amount)} · {by}",
                    reverse("portal:refund_proposal", args=[each.id]),
                )
            )
        return rows

    def _statements(self) -> list[dict[str, Any]]:
        jobs = jobs_of_shop(self.seat.shop.id, JobKind.STATEMENT, EACH)
        return [
            _row(
                job.ended_at or job.created_at,
                ("receipt", "ok"),
                _("The statement of a month is ready"),
                day(date.fromisoformat(job.wish["first_day"]), "yMMMM"),
                reverse("portal:job", args=[job.public_id]),
            )
            for job in jobs
            if job.wish.get("is_monthly") and job.state == JobState.DONE
        ]

    def _endpoints(self) -> list[dict[str, Any]]:
        return [
            _row(
                endpoint.stopped_at,
                ("code", "bad"),
                _("A webhook endpoint was stopped"),
                str(STOPS.get(endpoint.stop, "")),
                reverse("portal:webhook", args=[endpoint.public_id]),
            )
            for endpoint in listeners_of_shop(self.seat.shop.id)
            if endpoint.stopped_at is not None and endpoint.state == "disabled"
        ]


def _row(
    moment: datetime, look: tuple[str, str], title: str, detail: str, href: str
) -> dict[str, Any]:
    symbol, tone = look
    return {
        "at": moment,
        "symbol": symbol,
        "tone": tone,
        "title": title,
        "detail": detail,
        "href": href,
    }
