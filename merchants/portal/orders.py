"""One order, and every step the shop may take with it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from merchants.enums import OrderState, PaymentKind
from merchants.portal.access import READERS, TALKERS
from merchants.portal.money import confirmed_by
from merchants.portal.pages import Page, safe_next, see_other
from merchants.portal.unit_words import per, ready_words
from merchants.portal.words import MEANS, state_words
from merchants.queries.beside import OrderHead
from merchants.queries.means import offers_for
from merchants.queries.orders import (
    OrderFacts,
    TimelineRow,
    order_of_shop,
)
from merchants.services import fulfilment, outside
from merchants.services.shipments import ship_pieces
from payments.queries.payments import payment_head
from people.queries import proof_methods, shown_phone_of

TIMES = "\N{MULTIPLICATION SIGN}"

VERBS: dict[str, Callable[..., object]] = {
    "accept": fulfilment.accept_order,
    "decline": fulfilment.decline_order,
    "cancel": fulfilment.cancel_for_shop,
    "prepare": fulfilment.prepare_order,
    "ready": fulfilment.mark_ready,
    "ship": fulfilment.ship_order,
    "complete": fulfilment.complete_order,
    "received": outside.mark_received,
    "not_received": outside.mark_not_received,
}
TAKES_REASON = frozenset({"decline", "cancel"})
TAKES_NOTE = frozenset({"ready", "ship"})

WORDS: dict[str, Promise | str] = {
    "accept": gettext_lazy("Accept"),
    "decline": gettext_lazy("Decline"),
    "cancel": gettext_lazy("Cancel order"),
    "prepare": gettext_lazy("Start preparing"),
    "ready": gettext_lazy("Ready to collect"),
    "ship": gettext_lazy("Hand to delivery"),
    "complete": gettext_lazy("Done"),
    "received": gettext_lazy("The money has come"),
    "not_received": gettext_lazy("It has not come after all"),
}
NEXT = {
    OrderState.PLACED: ("accept", "decline"),
    OrderState.AWAITING_PAYMENT: ("cancel",),
    OrderState.EXTERNAL_PENDING: ("received", "cancel"),
    OrderState.PAID: ("prepare",),
    OrderState.PREPARING: ("ready", "ship"),
    OrderState.READY: ("complete",),
    OrderState.SHIPPED: ("complete",),
}
RECEIVED = ("prepare", "not_received", "cancel")
"""The steps of an order that the shop says was paid outside of Troco."""
EXPIRING = frozenset(
    {
        OrderState.PLACED,
        OrderState.ACCEPTED,
        OrderState.AWAITING_PAYMENT,
        OrderState.EXTERNAL_PENDING,
    }
)
COOKING = frozenset({OrderState.EXTERNAL_PENDING, OrderState.PAID, OrderState.PREPARING})
"""Not ready yet; paid, where a moment is known by which it should be."""
SIDES = {
    "buyer": gettext_lazy("Customer"),
    "seller": gettext_lazy("Shop"),
    "clock": gettext_lazy("By itself, when its time was over"),
    "bank": gettext_lazy("Bank"),
}
NOTES = {
    "payment_failed": gettext_lazy("A payment was not completed"),
    "payment_unknown": gettext_lazy("The bank has not answered yet"),
    "payment_returned": gettext_lazy("A payment was returned"),
    "refunded": gettext_lazy("Money was given back"),
    "refund_failed": gettext_lazy("The customer's bank refused a refund"),
    "disputed": gettext_lazy("The customer disputes the payment"),
    "part_shipped": gettext_lazy("A part is on its way"),
    "buyer_says_paid": gettext_lazy("The customer says it is paid outside of Troco"),
    "received_outside": gettext_lazy("The shop says the money came; Troco has not seen it"),
    "not_received": gettext_lazy("The shop took that back: no money has come"),
}
CONFIRMED = {
    "received": gettext_lazy(
        "Look at your own account first: Troco has not seen this money. The customer is told"
        " that you received it."
    ),
}


def next_verb(order: OrderFacts | OrderHead) -> dict[str, Any] | None:
    """Return the step that a shop usually takes next and needs no second look, or None."""
    careful = TAKES_REASON | CONFIRMED.keys()
    verbs = verbs_of(order)
    if not verbs or verbs[0] in careful:
        return None
    return {"verb": verbs[0], "words": WORDS[verbs[0]]}


def verbs_of(order: OrderFacts | OrderHead) -> tuple[str, ...]:
    """Return the steps that a shop may take with an order, the usual one first."""
    if order.state == OrderState.EXTERNAL_PENDING and order.external_received_at:
        return RECEIVED
    return NEXT.get(order.state, ())


class OrderPage(Page):
    """One order: its lines, its payment, its history, and what can be done with it."""

    section = "orders"
    roles = TALKERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it, if it is this shop's."""
        detail = order_of_shop(self.seat.shop.id, public_id)
        if detail is None:
            raise NotFound
        order = detail.order
        talk = order.conversation_ref
        context = {
            "order": {
                "id": order.public_id,
                "number": order.number,
                "state": order.state.value,
                "at": order.placed_at,
                "total": order.total,
                "note": order.note,
                "expires_at": _running_until(order),
                "is_late": is_late(order, self.now),
                "ready_at": order.ready_at if order.state in COOKING else None,
                "preparation_minutes": _still_to_take(order),
                "tax_notes": order.tax_notes,
            },
            "lines": [
                {
                    "name": line.name,
                    "emoji": "",
                    "quantity": line.quantity,
                    "unit": line.unit,
                    "unit_code": line.unit_code,
                    "total": line.total,
                    "position": line.position,
                    "shipped": detail.shipped.get(line.position, 0),
                    "rest": line.quantity - detail.shipped.get(line.position, 0),
                }
                for line in order.lines
            ],
            "may_part": order.state == OrderState.PREPARING and order.pieces > 1,
            "customer": {
                "name": order.buyer.display_name,
                "phone": shown_phone_of(order.buyer.id),
                "conversation_href": reverse("portal:conversation", args=[talk]) if talk else "",
            },
            "payment": _payment(order),
            "sees_payments": self.seat.is_one_of(READERS),
            "outside": _outside(order, self.now),
            "moves": [_moved(row, order.preparation_minutes) for row in detail.timeline],
            "actions": _actions(order),
        }
        return self.page("order.html", context)


class ShipPart(Page):
    """Hands some pieces of an order over."""

    roles = TALKERS

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Do it, or say why not; what is no number counts as none."""
        said = {
            name.removeprefix("line-"): self.request.POST.get(name, "")
            for name in self.request.POST
            if name.startswith("line-")
        }
        pieces = {
            int(position): int(count)
            for position, count in said.items()
            if _is_small(position) and _is_small(count)
        }
        try:
            ship_pieces(
                shop_id=self.seat.shop.id,
                order_id=public_id,
                actor=self.seat.person,
                pieces=pieces,
                note=self.request.POST.get("note", ""),
            )
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        else:
            self.done(_("On its way. The customer sees it in the chat."))
        return self.go("order", public_id)


class TicketPage(Page):
    """An order on a roll of 80 mm, for whoever prepares it."""

    section = "orders"
    roles = TALKERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it as it is printed, if it is this shop's."""
        detail = order_of_shop(self.seat.shop.id, public_id)
        if detail is None:
            raise NotFound
        order = detail.order
        context = {
            "shop_name": self.seat.shop.name,
            "order": {
                "id": order.public_id,
                "number": order.number,
                "at": order.placed_at,
                "total": order.total,
                "note": order.note,
                "state": order.state.value,
                "ready_at": order.ready_at,
                "preparation_minutes": order.preparation_minutes,
                "tax_notes": order.tax_notes,
            },
            "customer": order.buyer.display_name,
            "lines": [
                {
                    "name": each.name,
                    "quantity": each.quantity,
                    "per": per(each.unit_code),
                    "total": each.total,
                }
                for each in order.lines
            ],
            "printed_at": self.now,
        }
        return self.page("ticket.html", context)


class MoveOrder(Page):
    """Takes one step with an order."""

    roles = TALKERS

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Call the verb's service; a refusal is shown on the page that follows."""
        verb = self.request.POST.get("verb", "")
        service = VERBS.get(verb)
        if service is None:
            raise NotFound
        note = self.request.POST.get("note", "").strip()
        more = {"reason": note} if verb in TAKES_REASON else {}
        more |= {"note": note} if verb in TAKES_NOTE else {}
        try:
            service(shop_id=self.seat.shop.id, order_id=public_id, actor=self.seat.person, **more)
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        else:
            self.done(_("The order was moved. The customer sees it in the chat."))
        return see_other(safe_next(self.request, reverse("portal:order", args=[public_id])))


def order_row(order: OrderFacts, now: datetime) -> dict[str, Any]:
    """Return an order as a line of a list or a card of the board."""
    items = ", ".join(f"{line.quantity} {TIMES} {line.name}" for line in order.lines)
    return {
        "id": order.public_id,
        "pick_name": _("order %(number)s") % {"number": order.number},
        "number": order.number,
        "customer": order.buyer.display_name,
        "at": order.placed_at,
        "items": items,
        "total": order.total,
        "state": order.state.value,
        "is_late": is_late(order, now),
        "next": next_verb(order),
    }


def is_late(order: OrderFacts, now: datetime) -> bool:
    """Tell whether an order has waited longer for the shop than it should.

    One whose products take a time is late when it is not ready by then; any other that waits to
    be answered or begun, when it has waited longer than the shop's orders do.
    """
    if order.state in COOKING and order.preparation_minutes and order.ready_at:
        return now > order.ready_at
    waits = order.state in {OrderState.PLACED, OrderState.PAID}
    return waits and now - order.moved_at > order.expires_at - order.placed_at


def _still_to_take(order: OrderFacts) -> int | None:
    """Return how long an order will take that is not paid yet."""
    return order.preparation_minutes if order.state in EXPIRING and not order.ready_at else None


def _is_small(text: str) -> bool:
    """Tell whether a text is a count that a line can have."""
    return text.isascii() and text.isdigit() and len(text) <= 3  # noqa: PLR2004 - 1 to 999.


def _running_until(order: OrderFacts) -> object:
    is_marked = order.external_received_at is not None
    runs = order.state in EXPIRING and not is_marked
    return order.expires_at if runs else None


def _payment(order: OrderFacts) -> dict[str, Any] | None:
    if not order.payment_ref:
        return None
    payment = payment_head(order.payment_ref)
    return {
        "id": payment.id,
        "state": payment.state,
        "amount": payment.amount,
        "at": payment.created_at,
        "method": confirmed_by(proof_methods([payment.id]).get(payment.id)),
    }


def _outside(order: OrderFacts, now: datetime) -> dict[str, Any] | None:
    """Return what is known of a payment outside of Troco: what people say, and how to pay."""
    if order.payment_kind != PaymentKind.EXTERNAL:
        return None
    offers = offers_for([order], now).get(order.public_id, [])
    return {
        "told_at": order.external_told_at,
        "received_at": order.external_received_at,
        "waits": order.state == OrderState.EXTERNAL_PENDING,
        "offers": [
            {
                "words": MEANS[each.kind].name,
                "holder_name": each.holder_name,
                "text": each.shown.text,
            }
            for each in offers
        ],
    }


def _moved(row: TimelineRow, minutes: int | None) -> dict[str, Any]:
    if row.kind == "note":
        words = NOTES.get(row.code, row.code.replace("_", " "))
        return {
            "title": words,
            "tone": "wait",
            "symbol": "info-circle",
            "at": row.at,
            "actor": "",
            "reason": row.reason,
        }
    found = state_words("order", row.code)
    return {
        "title": found.words,
        "tone": found.tone,
        "symbol": found.icon,
        "at": row.at,
        "actor": row.actor or SIDES.get(row.side, row.side),
        # From the payment on its products take their time.
        "reason": row.reason or (ready_words(minutes) if row.code == OrderState.PAID else ""),
    }


def _actions(order: OrderFacts) -> list[dict[str, Any]]:
    actions = []
    for place, verb in enumerate(verbs_of(order)):
        careful = verb in TAKES_REASON
        actions.append(
            {
                "verb": verb,
                "words": WORDS[verb],
                "tone": "danger" if careful else "main" if place == 0 else "",
                "title": WORDS[verb] if careful or verb in CONFIRMED else "",
                "text": _("The customer is told, with your reason. This cannot be undone.")
                if careful
                else CONFIRMED.get(verb, ""),
                "asks_note": careful or verb in TAKES_NOTE,
            }
        )
    return actions
