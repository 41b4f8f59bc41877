"""The portal's addresses by name, for rendering its pages without its views.

The real ones must have the same names and take the same number of parts.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, include, path

NAMES = {
    "sign_in": "sign-in",
    "sign_in_code": "sign-in/code",
    "sign_out": "sign-out",
    "overview": "",
    "search": "search",
    "inbox": "conversations",
    "conversation": "conversations/<str:public_id>",
    "send_text": "conversations/<str:public_id>/text",
    "send_product": "conversations/<str:public_id>/product",
    "send_products": "conversations/<str:public_id>/products",
    "send_order": "conversations/<str:public_id>/order",
    "charge": "conversations/<str:public_id>/charge",
    "send_place": "conversations/<str:public_id>/place",
    "mark_talk": "conversations/<str:public_id>/mark",
    "desk": "desk",
    "language": "language",
    "help": "help",
    "notifications": "notifications",
    "send_file": "files/<str:public_id>",
    "views": "views/<str:list_name>",
    "orders": "orders",
    "orders_bulk": "orders/bulk",
    "order": "orders/<str:public_id>",
    "ship_part": "orders/<str:public_id>/ship",
    "ticket": "orders/<str:public_id>/ticket",
    "move_order": "orders/<str:public_id>/move",
    "payments": "payments",
    "payment": "payments/<str:public_id>",
    "refund": "payments/<str:public_id>/refund",
    "disputes": "disputes",
    "dispute": "disputes/<str:public_id>",
    "payouts": "payouts",
    "statements": "statements",
    "job": "jobs/<str:public_id>",
    "job_file": "jobs/<str:public_id>/file",
    "payout": "payouts/<str:public_id>",
    "catalogue": "catalogue",
    "product_new": "catalogue/new",
    "catalogue_bulk": "catalogue/bulk",
    "import": "catalogue/import",
    "import_template": "catalogue/import/template",
    "import_troubles": "catalogue/import/<str:public_id>",
    "product_poster": "catalogue/<str:public_id>/poster/<str:paper>.<str:kind>",
    "archive": "catalogue/<str:public_id>/archive",
    "product": "catalogue/<str:public_id>",
    "customers": "customers",
    "customer": "customers/<str:public_id>",
    "links": "links",
    "link_new": "links/new",
    "link": "links/<str:public_id>",
    "link_disable": "links/<str:public_id>/disable",
    "poster": "links/<str:public_id>/poster/<str:paper>.<str:kind>",
    "review": "review",
    "send_paper": "review/papers",
    "keys": "developers",
    "key_new": "developers/keys/new",
    "key": "developers/keys/<str:public_id>",
    "line": "developers/number",
    "calls": "developers/requests",
    "webhooks": "developers/webhooks",
    "webhook_new": "developers/webhooks/new",
    "webhook": "developers/webhooks/<str:public_id>",
    "delivery": "developers/webhooks/<str:public_id>/deliveries/<str:delivery_id>",
    "sign_up": "sign-up",
    "sign_up_code": "sign-up/code",
    "sign_up_account": "sign-up/account",
    "start": "start",
    "join": "join/<str:token>",
    "choose_shop": "shop",
    "team": "team",
    "team_invite": "team/new",
    "activity": "team/activity",
    "member": "team/<str:person_id>",
    "security": "security",
    "passkey_new": "security/passkey",
    "totp": "security/authenticator",
    "password": "security/password",
    "settings": "settings",
    "setup": "settings/setup",
    "bank": "settings/bank",
    "outside": "settings/outside",
    "outside_new": "settings/outside/<str:kind>",
}


def nowhere(_request: HttpRequest, **_parts: Any) -> HttpResponse:
    """Stand in for a view that is never called here."""
    raise NotImplementedError


patterns: list[URLPattern] = [path(route, nowhere, name=name) for name, route in NAMES.items()]
urlpatterns = [
    path("portal/", include((patterns, "portal"))),
    path("r/<str:code>", nowhere, name="receipt"),
    path("docs/errors", nowhere, name="errors"),
]
