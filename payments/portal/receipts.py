"""The page of a receipt: public, masked, without any script, and never in a search engine."""

from http import HTTPStatus

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from payments.queries.receipts import ReceiptFacts, receipt_by_code, receipt_link

_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive"}


@require_safe
def show_receipt(request: HttpRequest, code: str) -> HttpResponse:
    """Show the receipt of a code, or say that there is none."""
    receipt = receipt_by_code(code)
    if receipt is None:
        return _answer(render(request, "receipts/unknown.html", status=HTTPStatus.NOT_FOUND))
    with timezone.override(receipt.timezone):
        return _answer(render(request, "receipts/receipt.html", _facts(receipt)))


def _facts(receipt: ReceiptFacts) -> dict[str, object]:
    link = receipt_link(receipt.code) or {}
    return {
        "receipt": receipt,
        "code": link["code"],
        "url": link["url"],
        "qr": qr_image(link["url"]),
        "is_whole": receipt.state == "completed",
    }


def qr_image(url: str) -> str:
    """Return a QR code as an image in the page itself: dark on white in either theme."""
    made = segno.make(url, error="m", micro=False)
    return str(made.svg_data_uri(border=4, dark="#000", light="#fff", omitsize=True))


def _answer(response: HttpResponse) -> HttpResponse:
    for name, value in _HEADERS.items():
        response[name] = value
    return response
