"""What the pages are filled with when they are looked at: one afternoon at Padaria do Zé."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms

from core.money import Money
from merchants.enums import Role
from merchants.portal.frame import more_of, navigation
from merchants.portal.settings import ColourInput
from merchants.queries.pictures import PictureFacts

NOON = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
Row = dict[str, Any]


def brl(cents: int) -> Money:
    return Money(cents, "BRL")


def raw(cents: int) -> Row:
    return {"amount_minor": cents, "currency": "BRL"}


def ago(minutes: int) -> datetime:
    return NOON + timedelta(hours=2, minutes=32) - timedelta(minutes=minutes)


def net_of(gross: int) -> tuple[Money, Money, Money]:
    fee = gross * 399 // 10_000
    return brl(gross), brl(fee), brl(gross - fee)


def frame(section: str, counts: Mapping[str, int] | None = None, **changes: Any) -> Row:
    waiting = {"inbox": 5, "orders": 3, "disputes": 2} if counts is None else counts
    entries = navigation(Role.OWNER, waiting)
    portal = {
        "shop_name": "Padaria do Zé",
        "person_name": "José Ferreira",
        "role": "Owner",
        "time_zone": "America/Sao_Paulo",
        "now": ago(0),
        "section": section,
        "counts": waiting,
        "nav": entries,
        "more": more_of(entries, section),
        "is_sandbox": True,
        "has_passkey": True,
        "notices": [],
        "stream_url": "",
    }
    return {"portal": {**portal, **changes}}


NAMES = [
    "Ana Beatriz Souza",
    "Carlos Eduardo Lima",
    "Fernanda Oliveira",
    "João Pedro Alves",
    "Marina Costa",
    "Rafael Nunes",
    "Sofia Martins",
    "Luiza Andrade",
    "Bruno Carvalho",
    "Carla Mendes de Albuquerque Figueiredo",
]
PAY_STATES = ["completed", "processing", "completed", "completed", "returned", "failed", "unknown"]
AMOUNTS = [12_800, 24_990, 6_450, 1_800, 4_200, 31_000, 123_456]

PAYMENTS: list[Row] = [
    {
        "id": f"pay_{index:04}",
        "at": ago(3 + 27 * index),
        "customer": NAMES[index],
        "reference": f"Order {1048 - index}" if index != 3 else "",
        "method": "PIN",
        "state": PAY_STATES[index],
        "amount": brl(AMOUNTS[index]),
    }
    for index in range(7)
]

HEIGHTS = [37, 39, 46, 54, 46, 69, 80, 51, 41, 41, 40, 28, 59, 50, 22, 19, 21, 29, 32, 52, 60, 40]
HEIGHTS += [51, 52, 47, 59, 75, 65, 41, 43]
POINTS = [
    {
        "date": TODAY - timedelta(days=29 - index),
        "amount": brl(height * 1_000 + 37),
        "before": brl(HEIGHTS[(index * 7) % 30] * 800),
    }
    for index, height in enumerate(HEIGHTS)
]

KPIS = [
    {
        "label": "Sales today",
        "value": brl(128_450),
        "change": {"words": "+18.2%", "is_good": True},
        "hint": "vs last Monday",
        "spark": HEIGHTS[:12],
        "href": "/portal/payments",
    },
    {
        "label": "Goes out next",
        "value": brl(231_040),
        "change": None,
        "hint": "payout on 24 Nov",
        "spark": HEIGHTS[6:18],
        "href": "/portal/payouts",
    },
    {
        "label": "On its way",
        "value": brl(87_690),
        "change": None,
        "hint": "at the bank since yesterday",
        "spark": HEIGHTS[12:24],
        "href": "/portal/payouts",
    },
    {
        "label": "Went through",
        "value": "97.4%",
        "change": {"words": "−0.6 pp", "is_good": False},
        "hint": "last 30 days",
        "spark": HEIGHTS[18:],
        "href": "",
    },
]

TODO = [
    {
        "symbol": "shopping-cart",
        "tone": "wait",
        "title": "3 orders wait to be confirmed",
        "detail": "The oldest came 12 min ago",
        "href": "/portal/orders",
        "action": "Confirm",
    },
    {
        "symbol": "alert-triangle",
        "tone": "bad",
        "title": "1 payment did not go through",
        "detail": "R$310.00 · Rafael Nunes",
        "href": "/portal/payments",
        "action": "Look",
    },
    {
        "symbol": "package",
        "tone": "info",
        "title": "2 products run low",
        "detail": "Brigadeiro (4) · Carrot cake (1)",
        "href": "/portal/catalogue",
        "action": "Restock",
    },
]

MOVES = [
    {
        "title": "Confirmed by the customer",
        "tone": "ok",
        "symbol": "lock",
        "at": ago(9),
        "actor": "Ana Beatriz Souza",
        "reason": "PIN and device key over the quote",
        "said": "",
    },
    {
        "title": "Sent to the bank",
        "tone": "info",
        "symbol": "building-bank",
        "at": ago(9),
        "actor": "Troco",
        "reason": "Instruction TR1123A0F2 to Banco Azul",
        "said": "",
    },
    {
        "title": "Bank answered: executed",
        "tone": "ok",
        "symbol": "check",
        "at": ago(8),
        "actor": "Banco Azul",
        "reason": "Reference E1234567820261123173000000000001",
        "said": "",
    },
    {
        "title": "Booked and shown in the chat",
        "tone": "ok",
        "symbol": "messages",
        "at": ago(8),
        "actor": "Troco",
        "reason": "",
        "said": "Payment received, thank you!",
    },
]

ORDER_STATES = [
    "placed", "awaiting_payment", "paid", "preparing", "ready", "shipped", "completed", "cancelled",
]  # fmt: skip
NEXT = {
    "placed": {"verb": "accept", "words": "Accept"},
    "paid": {"verb": "prepare", "words": "Start preparing"},
    "preparing": {"verb": "ready", "words": "Ready to collect"},
    "ready": {"verb": "complete", "words": "Handed over"},
    "shipped": {"verb": "complete", "words": "Delivered"},
}
ORDERS = [
    {
        "id": f"ord_{index:04}",
        "number": 1048 - index,
        "customer": NAMES[index],
        "at": ago(12 + 41 * index),
        "items": ["1 × Carrot cake, 20 × Brigadeiro", "6 × Pão francês", "2 × Sonho"][index % 3],
        "total": brl(AMOUNTS[index % 7]),
        "state": state,
        "is_late": index == 2,
        "next": NEXT.get(state),
    }
    for index, state in enumerate(ORDER_STATES)
]

PRODUCTS = [
    ("Pão francês", "🥖", "The roll of every morning, baked four times a day", 90, 340, "visible"),
    ("Carrot cake", "🥕", "Whole, with chocolate on top; serves twelve", 7_800, 1, "low"),
    ("Brigadeiro", "🍫", "Made today, twenty to the box", 250, 4, "low"),
    ("Sonho de creme", "🍩", "", 650, 18, "visible"),
    ("Pão de queijo, the big family bag for the freezer", "🧀", "One kilo", 3_200, 0, "sold_out"),
    ("Panettone", "", "Only in December", 5_900, 25, "hidden"),
]
CATALOGUE = [
    {
        "id": f"prd_{index:04}",
        "name": name,
        "emoji": emoji,
        "description": description,
        "price": brl(price),
        "unit": ("", "each", "kg", "100g")[index % 4],
        "collections": ("", "Sweet, For parties")[index % 2],
        "stock": stock,
        "reserved": index,
        "state": state,
        "in_stock": stock > 0,
        "picture": "pic_0001" if index == 1 else "",
    }
    for index, (name, emoji, description, price, stock, state) in enumerate(PRODUCTS)
]

PICTURES = (
    PictureFacts("pic_0001", "Carrot cake with chocolate on top, one slice cut", 640, 480),
    PictureFacts("pic_0002", "", 640, 480),
    PictureFacts("pic_0003", "The whole cake in its box", 480, 640),
)

PAYOUT_STATES = ["sent", "settled", "settled", "settled", "unknown", "rejected"]
PAYOUTS = [
    {
        "id": f"ins_{index:04}",
        "date": TODAY - timedelta(days=index),
        "bank": "Banco Verde ••4021",
        "state": state,
        **dict(zip(("gross", "fee", "net"), net_of(240_640 + 13_777 * index), strict=True)),
        "refunds": brl(0),
        "held": brl(0),
        "taken": brl(0),
        "count": 31 + index,
    }
    for index, state in enumerate(PAYOUT_STATES)
]


class Product(forms.Form):
    name = forms.CharField(label="Name", max_length=80)
    price = forms.CharField(label="Price in R$", help_text="Like 12,50", max_length=12)
    stock = forms.IntegerField(label="In stock", min_value=0)
    description = forms.CharField(
        label="Description", widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    is_visible = forms.BooleanField(
        label="Show it in the shop", help_text="Hidden products cannot be ordered", required=False
    )


class SignIn(forms.Form):
    login = forms.CharField(label="Login")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)


class Code(forms.Form):
    code = forms.CharField(
        label="Code",
        widget=forms.TextInput(
            attrs={
                "class": "otp num",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "maxlength": "6",
            }
        ),
    )


class Shop(forms.Form):
    name = forms.CharField(label="Name")
    about = forms.CharField(label="About", widget=forms.Textarea(attrs={"rows": 2}))
    brand_colour = forms.CharField(
        label="Your colour", required=False, widget=ColourInput(attrs={"class": "code"})
    )
    auto_accept = forms.BooleanField(label="Accept orders by itself when all is in stock")


class Business(forms.Form):
    name = forms.CharField(label="What customers call your shop")
    country = forms.ChoiceField(label="Country", choices=[("BR", "Brazil")])
    legal_name = forms.CharField(label="Name in the register", help_text="As it is registered.")
    tax_id = forms.CharField(label="Tax id", help_text="In Brazil the CNPJ.")
