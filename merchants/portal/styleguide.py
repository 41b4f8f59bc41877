"""The style guide: every part in every state, for those who build, with made-up rows.

It shows no shop's data and asks for no sign-in; ``templates/portal/styleguide.html`` is filled
from here and from nothing else, so a part that breaks, breaks where everybody can see it.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.clock import business_now
from core.money import Money
from merchants.enums import Role
from merchants.portal import words
from merchants.portal.frame import navigation
from merchants.portal.lists import Bulk, Column, Empty, Listing
from merchants.portal.step_up import StepUpForm

ZONE = "America/Sao_Paulo"
HEIGHTS = (37, 39, 46, 54, 46, 69, 80, 51, 41, 41, 40, 28, 59, 50, 22, 19, 21, 29, 32, 52)
NAMES = ("Ana", "Bruno", "Carla", "Zé")
ICONS = (
    "home", "messages", "shopping-cart", "package", "credit-card", "building-bank", "users",
    "qrcode", "link", "download", "upload", "printer", "photo", "archive", "bookmark", "columns",
    "cash", "lock", "truck", "receipt", "key", "pencil", "refresh", "settings",
)  # fmt: skip


class SampleForm(forms.Form):
    """A form with one field in error and one that is fine."""

    name = forms.CharField(label=_("Name"), max_length=80)
    price = forms.CharField(label=_("Price"), help_text=_("Like 12,50"), max_length=12)
    stock = forms.IntegerField(label=_("In stock"), min_value=0)
    is_visible = forms.BooleanField(label=_("Customers can see it"), required=False)


@require_safe
def show_styleguide(request: HttpRequest) -> HttpResponse:
    """Show it."""
    moment = business_now()
    with timezone.override(ZONE):
        return render(request, "portal/styleguide.html", guide(moment))


def guide(moment: datetime) -> dict[str, Any]:
    """Return what fills the style guide, as of a moment."""
    gross, fee = Money(1_394_628, "BRL"), Money(55_645, "BRL")
    return {
        "portal": _frame(moment),
        "tables": [{"name": name, "states": list(rows)} for name, rows in words.TABLES.items()],
        "icons": ICONS,
        "kpis": _kpis(),
        "points": _points(moment.date()),
        "listing": _listing(moment),
        "nothing": _nothing(),
        "moves": _moves(moment),
        "gross": gross,
        "fee": fee,
        "refunds": Money(4_200, "BRL"),
        "net": gross - fee - Money(4_200, "BRL"),
        "messages_shown": _messages(moment),
        "sees_payments": True,
        "form": SampleForm({"name": "", "price": "12,50", "stock": "-3"}),
        "step_up": StepUpForm(auto_id="step_up_%s"),
        "names": NAMES,
    }


def _frame(moment: datetime) -> dict[str, Any]:
    return {
        "shop_name": "Padaria do Zé",
        "person_name": "Zé",
        "role": "",
        "time_zone": ZONE,
        "now": moment,
        "section": "",
        "counts": {"inbox": 5, "orders": 3, "disputes": 2},
        "nav": navigation(Role.OWNER, {"inbox": 5, "orders": 3, "disputes": 2}),
        "is_sandbox": True,
        "has_passkey": True,
        "notices": [],
        "stream_url": "",
    }


def _kpis() -> list[dict[str, Any]]:
    change = {"words": "+18.2%", "is_good": True}
    return [
        {
            "label": _("Sales today"),
            "value": Money(128_450, "BRL"),
            "change": change,
            "hint": "",
            "spark": HEIGHTS[:12],
            "href": "#main",
        },
        {
            "label": _("Went through"),
            "value": "97.4%",
            "change": {"words": "-0.6", "is_good": False},
            "hint": "",
            "spark": HEIGHTS[6:],
            "href": "",
        },
    ]


def _points(today: date) -> list[dict[str, Any]]:
    return [
        {
            "date": today - timedelta(days=len(HEIGHTS) - 1 - index),
            "amount": Money(height * 1_000 + 37, "BRL"),
            "before": Money(HEIGHTS[(index * 7) % len(HEIGHTS)] * 800, "BRL"),
        }
        for index, height in enumerate(HEIGHTS)
    ]


def _listing(moment: datetime) -> Listing:
    states = ("completed", "processing", "failed")
    rows = [
        {
            "id": f"pay_{index}",
            "pick_name": NAMES[index],
            "at": moment - timedelta(minutes=27 * index),
            "customer": NAMES[index],
            "reference": f"Order {1048 - index}",
            "method": "PIN",
            "state": state,
            "amount": Money(12_800 + 6_150 * index, "BRL"),
        }
        for index, state in enumerate(states)
    ]
    heads = (_("When"), _("Customer"), _("Confirmed by"), _("State"))
    columns = [
        {"words": each.words, "column": each, "number": place, "hidden": False}
        for place, each in enumerate((*map(Column, heads), Column(_("Amount"), is_end=True)), 1)
    ]
    return Listing(
        name="payments",
        caption=_("Payments"),
        columns=columns,
        row_template="parts/rows/payment.html",
        rows=rows,
        next_href="?after=next",
        empty=_nothing(),
        chips=[
            {"words": _("All"), "href": "#main", "count": None, "current": True},
            {"words": _("Paid"), "href": "#main", "count": 12, "current": False},
        ],
        fields=_fields(),
        keeps_views=True,
        views=[{"id": 1, "name": "Monday's", "href": "#main", "current": False}],
        clear_href="#main",
        is_filtered=True,
        export_href="#main",
        bulk=(Bulk("sample", _("Do it with all")),),
        bulk_href="#main",
    )


def _fields() -> list[dict[str, Any]]:
    plain = {"choices": (), "value": "", "is_wide": False}
    return [
        {**plain, "name": "q", "words": _("Customer"), "kind": "search", "is_wide": True},
        {**plain, "name": "from", "words": _("From"), "kind": "date"},
        {
            **plain,
            "name": "sort",
            "words": _("Order"),
            "kind": "choice",
            "choices": [("", _("Newest first"), True), ("oldest", _("Oldest first"), False)],
        },
    ]


def _nothing() -> Empty:
    return Empty(
        "package",
        _("Nothing here yet"),
        _("What this page is for, in one sentence."),
        "#main",
        _("One main action"),
    )


def _moves(moment: datetime) -> list[dict[str, Any]]:
    told = (
        (_("Confirmed by the customer"), "ok", "lock", "Ana", ""),
        (_("Sent to the bank"), "info", "building-bank", "Troco", ""),
        (_("Refused by the bank"), "bad", "x", _("Bank"), _("Not enough money")),
    )
    return [
        {
            "title": title,
            "tone": tone,
            "symbol": symbol,
            "at": moment - timedelta(minutes=9 - index),
            "actor": actor,
            "reason": reason,
            "said": "",
        }
        for index, (title, tone, symbol, actor, reason) in enumerate(told)
    ]


def _messages(moment: datetime) -> list[dict[str, Any]]:
    said = (
        _bubble(kind="text", text="Do you have sonhos today?"),
        _bubble(kind="text", text="Yes, until six.", mine=True, receipt="read"),
        _bubble(kind="product", mine=True, receipt="delivered", content=_product()),
        _bubble(kind="order", content=_order()),
        _bubble(kind="payment", content=_payment("processing")),
        _bubble(kind="payment", content=_payment("completed")),
        _bubble(kind="payment", content={**_payment("failed"), "failure": "Not enough money"}),
    )
    return [
        {**each, "id": f"msg_{seq}", "seq": seq, "sent_at": moment - timedelta(minutes=12 - seq)}
        for seq, each in enumerate(said, start=1)
    ]


def _bubble(**facts: Any) -> dict[str, Any]:
    return {"mine": False, "text": "", "content": {}, "receipt": "", **facts}


def _amount(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "BRL"}


def _product() -> dict[str, Any]:
    return {
        "product": "prd_1",
        "name": "Sonho",
        "price": _amount(900),
        "available": True,
        "emoji": "🍩",
    }


def _order() -> dict[str, Any]:
    return {
        "order": "ord_1",
        "number": 1048,
        "state": "paid",
        "lines": [{"name": "Sonho", "quantity": 2, "total_minor": 1_800}],
        "total": _amount(1_800),
        "expires_at": None,
    }


def _payment(state: str) -> dict[str, Any]:
    return {
        "payment": "pay_1",
        "state": state,
        "amount": _amount(1_800),
        "payer": {"name": "Ana"},
        "payee": {"name": "Padaria do Zé"},
        "note": "",
        "order": "ord_1",
    }
