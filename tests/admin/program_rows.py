"""Rows of shops and of their own programs."""

from merchants.models import (
    Line,
    LineTemplate,
    Shop,
    ShopKey,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from tests.admin.people_rows import AT, number, party


def shop() -> Shop:
    n = number()
    return Shop.objects.create(
        public_id=f"mer_{n}",
        party=party("business"),
        name="Padaria do Zé",
        slug=f"padaria-{n}",
        country="BR",
        currency="BRL",
        timezone="UTC",
        created_at=AT,
    )


def shop_key() -> ShopKey:
    n = number()
    return ShopKey.objects.create(
        public_id=f"key_{n}",
        shop=shop(),
        name="Bot",
        scopes=["messages"],
        hint="sk_test_…abcd",
        token_hash=n.to_bytes(32),
        made_at=AT,
    )


def endpoint() -> WebhookEndpoint:
    return WebhookEndpoint.objects.create(
        public_id=f"whk_{number()}",
        shop=shop(),
        dialect="standard",
        url="https://padaria.example/",
        secret="sealed-secret",
        made_at=AT,
    )


def delivery() -> WebhookDelivery:
    told = endpoint()
    event = WebhookEvent.objects.create(
        public_id=f"evt_{number()}",
        shop=told.shop,
        kind="order.paid",
        ref="ord_1",
        facts={"note": "A private note"},
        at=AT,
    )
    return WebhookDelivery.objects.create(
        public_id=f"dlv_{number()}", endpoint=told, event=event, begun_at=AT, due_at=AT
    )


def line() -> Line:
    n = number()
    return Line.objects.create(
        shop=shop(),
        app_number=10**14 + n,
        account_number=2 * 10**14 + n,
        phone_number=3 * 10**14 + n,
        address=f"550{n:09d}",
        app_secret="sealed-secret",
        app_secret_hash=bytes(32),
        made_at=AT,
    )


def template() -> LineTemplate:
    return LineTemplate.objects.create(
        shop=shop(),
        number=4 * 10**14 + number(),
        name="pronto",
        language="pt_BR",
        category="UTILITY",
        components=[{"type": "BODY", "text": "Pronto."}],
        state="pending",
        made_at=AT,
    )
