"""Payment links as they are looked at: the list, one, a new one, and what its code leads to."""

from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

from merchants.portal.keypad import KEYS, KeypadForm
from merchants.portal.link_page import PAPER_WORDS, LinkPage
from merchants.portal.links import LinkForm, LinksPage
from merchants.queries.faces import ShopFace
from payments.codes.pictures import draw_code
from tests.look.data import NAMES, PICTURES, ago, brl, frame
from tests.look.lists import listing
from tests.look.talk import INBOX, OPEN

URL = "http://127.0.0.1:8000/l/k3J9xQ2mAb"
STATES = ("open", "open", "used_up", "expired", "disabled")
TITLES = ("Christmas basket", "At the counter", "Cake for Sofia", "June fair", "Old poster")
LINKS: list[dict[str, Any]] = [
    {
        "id": f"lnk_{index:04}",
        "title": title,
        "code": f"k3J9xQ2mA{index}",
        "state": state,
        "amount": None if index == 1 else brl(24_990 - 1_111 * index),
        "currency": "BRL",
        "most_uses": 1 if state == "used_up" else None,
        "paid_count": 12 - index,
        "paid_total": brl(1_234_56 - 10_000 * index),
        "created_at": ago(6_000 * index),
        "expires_at": ago(-9_000) if index in {0, 3} else None,
    }
    for index, (title, state) in enumerate(zip(TITLES, STATES, strict=True))
]
SHARE = {
    "url": "http://127.0.0.1:8000/p/prd_0001",
    "qr": draw_code("http://127.0.0.1:8000/p/prd_0001"),
    "papers": [{"words": "A5", "paper": "a5", "kinds": ("png", "svg", "pdf")}],
}
FACE = ShopFace(
    name="Padaria do Zé",
    colour="#b45f06",
    ink="#ffffff",
    logo="",
    address="Rua Augusta, 100, São Paulo",
    hours=((0, ("06:00-12:00", "14:00-18:30")), (5, ("07:00-13:00",))),
)
CHIPS = [
    {"words": words, "href": "?show=", "count": None, "current": words == "All"}
    for words in ("All", "Can be paid", "Over", "From the keypad")
]


def _safety(*, is_blocked: bool) -> dict[str, Any]:
    return {
        **frame("inbox"),
        "conversation": {"id": "cnv_0001", "name": NAMES[0], "is_direct": True},
        "is_blocked": is_blocked,
        "open_orders": 2,
        "reasons": [("spam", "Unwanted advertising"), ("other", "Something else")],
    }


def _link() -> dict[str, Any]:
    return {
        "link": LINKS[0],
        "url": URL,
        "qr": draw_code(URL),
        "papers": [
            {
                "words": words,
                "files": [{"kind": kind, "href": "#main"} for kind in ("PNG", "SVG", "PDF")],
            }
            for words in PAPER_WORDS.values()
        ],
        "listing": listing(
            LinkPage,
            [
                {"id": f"pay_{n}", "customer": name, "at": ago(60 * n), "amount": brl(24_990)}
                for n, name in enumerate(NAMES[:3])
            ],
            next_href="",
        ),
        "may_disable": True,
    }


def _public(state: str) -> dict[str, Any]:
    link = SimpleNamespace(
        title="Christmas basket",
        amount=brl(24_990),
        url=URL,
        expires_at=ago(0) + timedelta(days=3),
    )
    return {
        "link": link,
        "state": state,
        "shop_name": "Padaria do Zé",
        "face": FACE,
        "legal_name": "José Ferreira Panificação ME",
        "qr": draw_code(URL),
    }


def _code(state: str) -> dict[str, Any]:
    link = SimpleNamespace(title="Sale at the counter", url=URL, expires_at=ago(-15))
    return {
        **frame("keypad"),
        "link": link,
        "amount": brl(1_250),
        "state": state,
        "is_open": state == "open",
        "paid": {"id": "pay_0001", "customer": NAMES[0], "at": ago(0)}
        if state == "used_up"
        else None,
        "qr": draw_code(URL),
    }


_PAD = {"currency": "BRL", "keys": KEYS, "sign": ".", "fits": r"[0-9]{0,7}([.,][0-9]{0,2})?"}

PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "/portal/keypad": (
        "portal/keypad.html",
        {**frame("keypad"), **_PAD, "form": partial(KeypadForm, currency="BRL")},
    ),
    "/look/keypad-refused": (
        "portal/keypad.html",
        {
            **frame("keypad"),
            **_PAD,
            "form": partial(KeypadForm, {"amount": "x", "title": ""}, currency="BRL"),
        },
    ),
    "/portal/keypad/lnk_0000": ("portal/keypad_code.html", _code("open")),
    "/look/keypad-paid": ("portal/keypad_code.html", _code("used_up")),
    "/look/keypad-over": ("portal/keypad_code.html", _code("expired")),
    "/portal/links": (
        "portal/links.html",
        {**frame("links"), "listing": listing(LinksPage, LINKS, chips=CHIPS)},
    ),
    "/portal/links/new": (
        "portal/link_new.html",
        {**frame("links"), "form": partial(LinkForm, {"title": "", "amount": "x"}, currency="BRL")},
    ),
    "/portal/links/lnk_0000": ("portal/link.html", {**frame("links"), **_link()}),
    "/portal/conversations/cnv_0001/link": (
        "portal/send_link.html",
        {
            **frame("inbox"),
            "conversation": {"id": "cnv_0001", "name": NAMES[0]},
            "links": LINKS[:2],
            "form": partial(LinkForm, {"title": "", "amount": "x"}, currency="BRL"),
            "client_id": "web_1",
        },
    ),
    "/portal/conversations/cnv_0001/safety": ("portal/safety.html", _safety(is_blocked=False)),
    "/look/blocked-talk": (
        "portal/inbox.html",
        {**frame("inbox"), **INBOX, **OPEN, "is_blocked": True, "may_charge": False},
    ),
    "/look/blocked": ("portal/safety.html", _safety(is_blocked=True)),
    "/l/k3J9xQ2mAb": ("links/link.html", _public("open")),
    "/look/link-over": ("links/over.html", _public("disabled")),
    "/look/product-shared": (
        "links/product.html",
        {
            "product": SimpleNamespace(
                emoji="🍫",
                name="Brigadeiro",
                price=brl(250),
                unit="each",
                preparation_minutes=90,
                description="Made today",
                is_available=True,
                pictures=PICTURES[:2],
            ),
            "shop_name": "Padaria do Zé",
            "face": FACE,
            "url": URL,
            "qr": draw_code(URL),
        },
    ),
    "/look/talk-link": (
        "links/talk.html",
        {
            "name": "Padaria do Zé",
            "prefilled_message": "Quero pão",
            "url": URL,
            "qr": draw_code(URL),
        },
    ),
    "/look/product-none": ("links/no_product.html", {}),
    "/look/link-unknown": ("links/unknown.html", {}),
}
