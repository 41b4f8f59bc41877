"""The pages that codes on paper lead to: a payment link, and a product that a shop shares."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.clock import business_now
from merchants.enums import LinkState
from merchants.queries.catalogue import product_shown, product_url
from merchants.queries.faces import face_of
from merchants.queries.links import link_by_code
from merchants.queries.shops import shop_by_key
from payments.codes.pictures import draw_code

_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}
_GONE = 410


@require_safe
def show_link(request: HttpRequest, code: str) -> HttpResponse:
    """Show a link, a friendly end where it is over, or that there is none."""
    found = None if "\0" in code else link_by_code(code)
    if found is None:
        return _answer(render(request, "links/unknown.html", status=404))
    state = found.link.state_at(business_now())
    context = {
        "link": found.link,
        "state": "closed" if found.is_shop_closed else state.value,
        "shop_name": found.shop_name,
        "face": face_of(found.shop_id),
        "legal_name": found.payee.masked_legal_name or "",
        "qr": draw_code(found.link.url),
    }
    with timezone.override("UTC"):
        if state == LinkState.OPEN and not found.is_shop_closed:
            return _answer(render(request, "links/link.html", context))
        return _answer(render(request, "links/over.html", context, status=_GONE))


@require_safe
def show_product(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a product that a shop shares, or that it is not for sale."""
    found = None if "\0" in public_id else product_shown(public_id)
    if found is None:
        return _answer(render(request, "links/no_product.html", status=404))
    product, shop_id = found
    context = {
        "product": product,
        "shop_name": shop_by_key(shop_id).name,
        "face": face_of(shop_id),
        "url": product_url(public_id),
        "qr": draw_code(product_url(public_id)),
    }
    return _answer(render(request, "links/product.html", context))


def _answer(response: HttpResponse) -> HttpResponse:
    for name, value in _HEADERS.items():
        response[name] = value
    return response
