"""The catalogue: what is on the shelf, and editing it."""

import re
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from core.money import Money, exponent
from merchants.portal.access import EDITORS, TALKERS
from merchants.portal.pages import REFUSED, Page, address_with, reason_of, see_other
from merchants.queries.catalogue import ProductFacts, low_stock, product_of_shop, products_of_shop
from merchants.services import products

PAGE_SIZE = 50
MAX_STOCK = 1_000_000
_PLAIN = re.compile(r"(?P<whole>[0-9]{1,9})(?:[.,](?P<part>[0-9]+))?")
_GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?:(?P<sign>[., \u00a0\u202f])[0-9]{3})(?:(?P=sign)[0-9]{3})?)"
    r"(?:(?!(?P=sign))[.,](?P<part>[0-9]+))?"
)


class ProductForm(forms.Form):
    """What the owner fills in; the price as people write it, with comma or point."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    price = forms.CharField(
        label=gettext_lazy("Price"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )
    stock = forms.IntegerField(
        label=gettext_lazy("In stock"),
        required=False,
        min_value=0,
        max_value=MAX_STOCK,
        show_hidden_initial=True,
        help_text=gettext_lazy("Leave empty if it never runs out."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "num"}),
    )
    emoji = forms.CharField(label=gettext_lazy("Picture (emoji)"), max_length=8, required=False)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_visible = forms.BooleanField(
        label=gettext_lazy("Customers can see it"), required=False, initial=True
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        """Remember the currency that the price is read in."""
        super().__init__(*args, **kwargs)
        self._currency = currency

    def clean_price(self) -> Money:
        """Read the price exactly; more decimals than the currency has are refused."""
        amount = read_amount(self.cleaned_data["price"], self._currency)
        if amount is None:
            raise forms.ValidationError(_("Write the price like 12,50."))
        return amount


class CataloguePage(Page):
    """The products, with what is left of each."""

    section = "catalogue"
    roles = TALKERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show one page of the shelf."""
        query, shop = self.request.GET, self.seat.shop
        is_low = query.get("show") == "low"
        q = query.get("q", "").strip()
        if is_low:
            found, following = low_stock(shop.id, PAGE_SIZE), None
        else:
            found, following = products_of_shop(shop.id, q, query.get("after"), PAGE_SIZE)
        context = {
            "filters": [
                {
                    "words": _("All"),
                    "href": address_with(self.request, show=None, after=None),
                    "count": None,
                    "current": not is_low,
                },
                {
                    "words": _("Low stock"),
                    "href": address_with(self.request, show="low", after=None),
                    "count": None,
                    "current": is_low,
                },
            ],
            "q": q,
            "products": [_row(product) for product in found],
            "next_href": address_with(self.request, after=following) if following else "",
            "may_edit": self.seat.may_edit,
        }
        return self.page("catalogue.html", context)


class NewProductPage(Page):
    """Puts a new product on the shelf."""

    section = "catalogue"
    roles = EDITORS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the empty form."""
        return self._show(ProductForm(currency=self.seat.shop.currency))

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Create it, or show what must be corrected."""
        form = ProductForm(self.request.POST, currency=self.seat.shop.currency)
        if form.is_valid():
            try:
                products.create_product(
                    shop_id=self.seat.shop.id,
                    actor=self.seat.person,
                    facts=_facts(form),
                    stock=form.cleaned_data["stock"],
                )
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                self.done(_("On the shelf."))
                return see_other(reverse("portal:catalogue"))
        return self._show(form, http_status=REFUSED)

    def _show(self, form: ProductForm, *, http_status: int = 200) -> HttpResponse:
        context = {"form": form, "product": None, "preview": _preview(None)}
        return self.page("product_form.html", context, http_status=http_status)


class ProductPage(Page):
    """Changes a product."""

    section = "catalogue"
    roles = EDITORS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show the form as the product is."""
        product = self._product(public_id)
        form = ProductForm(initial=_initial(product), currency=self.seat.shop.currency)
        return self._show(form, product)

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Change it, or show what must be corrected."""
        product = self._product(public_id)
        form = ProductForm(self.request.POST, currency=self.seat.shop.currency)
        if form.is_valid():
            try:
                products.update_product(
                    shop_id=self.seat.shop.id,
                    product_id=public_id,
                    actor=self.seat.person,
                    facts=_facts(form),
                    counted=_counted(form),
                )
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                self.done(_("Saved."))
                return see_other(reverse("portal:catalogue"))
        return self._show(form, product, http_status=REFUSED)

    def _product(self, public_id: str) -> ProductFacts:
        found = product_of_shop(self.seat.shop.id, public_id)
        if found is None:
            raise NotFound
        return found

    def _show(
        self, form: ProductForm, product: ProductFacts, *, http_status: int = 200
    ) -> HttpResponse:
        context = {"form": form, "product": _row(product), "preview": _preview(product)}
        return self.page("product_form.html", context, http_status=http_status)


def read_amount(text: str, currency: str) -> Money | None:
    """Return the amount that a person wrote, or None where it is not plainly one.

    Either digits with at most as many decimals as the currency has, after a comma or a point;
    or thousands in groups of three, all parted by the same sign, with the other sign before
    the decimals. Nothing is rounded, and nothing that could mean two amounts is read.

    Args:
        text: Such as ``1.234,50``, ``1234.5`` or ``12``.
        currency: ISO 4217.
    """
    decimals = exponent(currency)
    for form in (_PLAIN, _GROUPED):
        found = form.fullmatch(text.strip())
        if found is not None and len(found["part"] or "") <= decimals:
            whole = "".join(filter(str.isdigit, found["whole"]))
            amount = int(whole + (found["part"] or "").ljust(decimals, "0"))
            return Money(amount, currency) if amount else None
    return None


def write_amount(amount: Money) -> str:
    """Return an amount as ``read_amount`` reads it: ``12,50``."""
    decimals = exponent(amount.currency)
    digits = str(amount.amount_minor).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]},{digits[-decimals:]}" if decimals else digits


def _facts(form: ProductForm) -> products.ProductFacts:
    data = form.cleaned_data
    return products.ProductFacts(
        name=data["name"],
        price=data["price"],
        description=data["description"],
        emoji=data["emoji"],
        is_visible=data["is_visible"],
    )


def _counted(form: ProductForm) -> products.Counted | None:
    """Return the stock if it is another than the form showed: pieces sold meanwhile stay sold."""
    if "stock" not in form.changed_data:
        return None
    return products.Counted(form.cleaned_data["stock"])


def _initial(product: ProductFacts) -> dict[str, Any]:
    return {
        "name": product.name,
        "price": write_amount(product.price),
        "stock": product.stock,
        "emoji": product.emoji,
        "description": product.description,
        "is_visible": product.is_visible,
    }


def _row(product: ProductFacts) -> dict[str, Any]:
    return {
        "id": product.public_id,
        "name": product.name,
        "emoji": product.emoji,
        "description": product.description,
        "price": product.price,
        "stock": product.stock,
        "reserved": product.reserved,
        "state": _state(product),
    }


def _state(product: ProductFacts) -> str:
    if not product.is_visible:
        return "hidden"
    if not product.is_available:
        return "sold_out"
    return "low" if product.is_low else "visible"


def _preview(product: ProductFacts | None) -> dict[str, Any]:
    if product is None:
        return {"name": "", "price": None, "emoji": "", "description": ""}
    return {
        "name": product.name,
        "price": product.price,
        "emoji": product.emoji,
        "description": product.description,
    }
