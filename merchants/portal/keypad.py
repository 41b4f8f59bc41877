"""A sale at the counter: an amount on a pad, its code filling the screen, and "paid" by itself."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from core.money import Money, exponent
from merchants.enums import LinkState
from merchants.portal.access import SELLERS
from merchants.portal.amount_form import AmountForm
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.payable import account_frame
from merchants.portal.templatetags.troco import currency_sign
from merchants.queries.links import LinkFacts, link_of_shop, paid_uses
from merchants.services.links import LONGEST_TITLE, disable_link, make_link, once_at_the_counter
from payments.codes.pictures import draw_code

KEYS = "123456789"
MOST_DIGITS = 7
"""Before the decimals; what is more is no sale at a counter, and the service has the last word."""


class KeypadForm(AmountForm):
    """An amount, and what it is for if somebody wants to say."""

    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "off", "autofocus": True}
        ),
    )
    title = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=LONGEST_TITLE,
        required=False,
        help_text=gettext_lazy("Whoever pays reads it. It may stay empty."),
    )

    def clean_amount(self) -> Money | None:
        """Read the amount; a sign for decimals that none follow is a slip of the thumb."""
        self.cleaned_data["amount"] = self.cleaned_data["amount"].strip().rstrip(".,")
        return super().clean_amount()


class KeypadPage(Page):
    """The pad; each amount gets a link of its own that is paid once, and soon."""

    section = "keypad"
    roles = SELLERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the pad."""
        return self._pad(KeypadForm(currency=self.seat.shop.currency))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the link and show its code, or say what must be corrected."""
        form = KeypadForm(request.POST, currency=self.seat.shop.currency)
        if form.is_valid():
            said = form.cleaned_data["title"].strip() or _("Sale at the counter")
            wish = once_at_the_counter(said, form.cleaned_data["amount"], self.now)
            try:
                link = make_link(shop_id=self.seat.shop.id, actor=self.seat.person, wish=wish)
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                return self.go("keypad_code", link.public_id)
        return self._pad(form, http_status=REFUSED)

    def _pad(self, form: KeypadForm, *, http_status: int = 200) -> HttpResponse:
        decimals = exponent(self.seat.shop.currency)
        context = {
            "form": form,
            "currency": currency_sign(self.seat.shop.currency),
            "keys": KEYS,
            "sign": _decimal_sign() if decimals else "",
            "fits": _fits(decimals),
            **account_frame(self.seat),
        }
        return self.page("keypad.html", context, http_status=http_status)


class KeypadCodePage(Page):
    """The code that the customer scans, until it is paid or its time is over."""

    section = "keypad"
    roles = SELLERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show the code, or what became of it."""
        link = self._link(public_id)
        state = link.state_at(self.now)
        context = {
            "link": link,
            "amount": link.amount,
            "state": state.value,
            "is_open": state == LinkState.OPEN,
            "paid": self._paid(link),
            "qr": draw_code(link.url),
        }
        return self.page("keypad_code.html", context)

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Take the code back, and show the pad."""
        link_id = self._link(public_id).public_id
        disable_link(shop_id=self.seat.shop.id, link_id=link_id, actor=self.seat.person)
        self.done(_("The code is taken back. Nobody can pay it any more."))
        return self.go("keypad")

    def _link(self, public_id: str) -> LinkFacts:
        """Return the link, if it is this shop's and one of the pad's kind.

        Raises:
            NotFound: It is not.
        """
        found = link_of_shop(self.seat.shop.id, public_id)
        if found is None or not found.is_counter_sale:
            raise NotFound
        return found

    def _paid(self, link: LinkFacts) -> dict[str, Any] | None:
        if not link.paid_count:
            return None
        use = paid_uses(link.id, None, 1)[0][0]
        return {"id": use.payment_ref, "customer": use.payer.display_name, "at": use.paid_at}


def _fits(decimals: int) -> str:
    """Return what an amount looks like while it is written, for the pad's keys."""
    rest = rf"([.,][0-9]{{0,{decimals}}})?" if decimals else ""
    return rf"[0-9]{{0,{MOST_DIGITS}}}{rest}"


def _decimal_sign() -> str:
    """Return what stands before decimals where this page is read."""
    return str(get_format("DECIMAL_SEPARATOR"))
