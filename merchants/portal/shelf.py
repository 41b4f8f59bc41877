"""A product: its form, one more variant of it, and putting it away."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from core.money import Money
from merchants.codes.amounts import read_amount
from merchants.models.products import MAX_PREPARATION_MINUTES, MAX_TAX_NOTE
from merchants.portal.access import EDITORS
from merchants.portal.pages import REFUSED, Page, reason_of, see_other
from merchants.portal.product_list import product_row
from merchants.portal.templatetags.troco import written
from merchants.portal.undo import offer_products
from merchants.portal.unit_words import UNIT_CHOICES
from merchants.queries.catalogue import (
    ProductFacts,
    product_of_shop,
    product_url,
    variants_of,
)
from merchants.services import products
from merchants.services.archive import step_product
from merchants.services.pictures import MOST_PICTURES
from payments.codes.pictures import draw_code

MAX_STOCK = 1_000_000
_ROWS = (("name",), ("price", "unit"), ("stock", "emoji"), ("description",), ("is_visible",))
_RARE_ROWS = (
    ("options",),
    ("collections",),
    ("sku", "low_at"),
    ("preparation_minutes", "tax_note"),
)
"""What most products never need; folded, so that saving the first one is near on a phone."""


class ProductForm(forms.Form):
    """What the owner fills in; the price as people write it, with comma or point."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    price = forms.CharField(
        label=gettext_lazy("Price"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("The price is for"), choices=UNIT_CHOICES, required=False
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
    options = forms.CharField(
        label=gettext_lazy("Variant"),
        max_length=260,
        required=False,
        help_text=gettext_lazy("Such as: Size: large, Filling: cream. Leave it empty without any."),
    )
    sku = forms.CharField(label=gettext_lazy("Your own code (SKU)"), max_length=64, required=False)
    collections = forms.CharField(
        label=gettext_lazy("Collections"),
        max_length=420,
        required=False,
        help_text=gettext_lazy("Names with commas between them, such as: Breakfast, Vegan."),
    )
    low_at = forms.IntegerField(
        label=gettext_lazy("Low stock from"),
        required=False,
        min_value=0,
        max_value=MAX_STOCK,
        help_text=gettext_lazy("Leave it empty to do as with all products."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "num"}),
    )
    preparation_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes until it is ready"),
        required=False,
        min_value=0,
        max_value=MAX_PREPARATION_MINUTES,
        help_text=gettext_lazy(
            "About how long after the payment: 45, or 1440 for a day. Customers see it; leave it"
            " empty to say nothing."
        ),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "num"}),
    )
    tax_note = forms.CharField(
        label=gettext_lazy("Note on taxes"),
        max_length=MAX_TAX_NOTE,
        required=False,
        help_text=gettext_lazy("Stands on the order and its ticket, such as: ISS included."),
    )
    handle = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)
    is_visible = forms.BooleanField(
        label=gettext_lazy("Customers can see it"), required=False, initial=True
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        """Remember the currency that the price is read in."""
        super().__init__(*args, **kwargs)
        self._currency = currency

    def rows(self) -> list[list[forms.BoundField]]:
        """Return the fields in their order; those of a row stand beside each other."""
        return [[self[name] for name in row] for row in _ROWS]

    def rare_rows(self) -> list[list[forms.BoundField]]:
        """Return the rows that are folded while nothing stands in them."""
        return [[self[name] for name in row] for row in _RARE_ROWS]

    def is_rare_used(self) -> bool:
        """Tell whether something stands in a folded field, or is wrong with it."""
        rare = [field for row in self.rare_rows() for field in row]
        return any(field.errors or field.value() not in {None, ""} for field in rare)

    def clean_price(self) -> Money:
        """Read the price exactly; more decimals than the currency has are refused."""
        amount = read_amount(self.cleaned_data["price"], self._currency)
        if amount is None:
            raise forms.ValidationError(_("Write the price like 12,50."))
        return amount

    def clean_options(self) -> list[tuple[str, str]]:
        """Read pairs such as ``Size: L``."""
        pairs = []
        for part in filter(None, map(str.strip, self.cleaned_data["options"].split(","))):
            name, sign, value = (each.strip() for each in part.partition(":"))
            if not (name and sign and value):
                raise forms.ValidationError(_("Write each as name, colon, value: Size: large."))
            pairs.append((name, value))
        return pairs

    def clean_collections(self) -> list[str]:
        """Read names with commas between them."""
        return [
            each.strip() for each in self.cleaned_data["collections"].split(",") if each.strip()
        ]


class NewProductPage(Page):
    """Puts a new product on the shelf."""

    section = "catalogue"
    roles = EDITORS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the empty form, or that of one more variant of a product."""
        like = product_of_shop(self.seat.shop.id, self.request.GET.get("like", ""))
        initial = {**_initial(like), "options": "", "sku": "", "stock": None} if like else {}
        return self._show(ProductForm(initial=initial, currency=self.seat.shop.currency))

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Create it, or show what must be corrected."""
        form = ProductForm(self.request.POST, currency=self.seat.shop.currency)
        if form.is_valid():
            try:
                made = products.create_product(
                    shop_id=self.seat.shop.id,
                    actor=self.seat.person,
                    facts=_facts(form),
                    stock=form.cleaned_data["stock"],
                )
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                return self._after(made.public_id)
        return self._show(form, http_status=REFUSED)

    def _after(self, public_id: str) -> HttpResponse:
        """Lead to where pictures are added, unless another variant has brought some."""
        made = product_of_shop(self.seat.shop.id, public_id)
        if made is None or made.pictures:
            self.done(_("On the shelf."))
            return see_other(reverse("portal:catalogue"))
        self.done(_("On the shelf. Here you can add pictures of it."))
        return see_other(f"{reverse('portal:product', args=[public_id])}#pictures")

    def _show(self, form: ProductForm, *, http_status: int = 200) -> HttpResponse:
        context: dict[str, Any] = {
            "form": form,
            "product": None,
            "preview": _preview(None),
            "variants": [],
        }
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
        siblings = variants_of(self.seat.shop.id, product.handle)
        context = {
            "form": form,
            "product": {**product_row(product), "is_archived": product.is_archived},
            "pictures": product.pictures,
            "most_pictures": MOST_PICTURES,
            "preview": _preview(product),
            "share": share_of(product) if product.is_visible else None,
            "variants": [product_row(each) for each in siblings if each.id != product.id],
        }
        return self.page("product_form.html", context, http_status=http_status)


class ArchiveProduct(Page):
    """Puts a product away, or takes it out again."""

    section = "catalogue"
    roles = EDITORS

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Do it; the page that follows offers to take it back."""
        is_back = self.request.POST.get("verb") == "unarchive"
        verb = "unarchive" if is_back else "archive"
        seat = self.seat
        try:
            moved = step_product(
                shop_id=seat.shop.id, product_id=public_id, actor=seat.person, verb=verb
            )
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
            return self.go("product", public_id)
        if is_back:
            words = _("It is back, and hidden. Show it when it is for sale again.")
        else:
            words = _("Archived: out of the list, and hidden from customers.")
        self.done(words, offer_products(self, {public_id: moved}))
        return self.go("product", public_id) if is_back else self.go("catalogue")


def share_of(product: ProductFacts) -> dict[str, Any]:
    """Return how a product is shared: its address, its code, its posters."""
    url = product_url(product.public_id)
    return {
        "url": url,
        "qr": draw_code(url),
        "papers": [
            {"words": paper.upper(), "paper": paper, "kinds": ("png", "svg", "pdf")}
            for paper in ("a5", "a6")
        ],
    }


def _facts(form: ProductForm) -> products.ProductFacts:
    data = form.cleaned_data
    return products.ProductFacts(
        name=data["name"],
        price=data["price"],
        description=data["description"],
        emoji=data["emoji"],
        is_visible=data["is_visible"],
        low_stock_threshold=data["low_at"],
        options=data["options"],
        sku=data["sku"],
        handle=data["handle"],
        collections=data["collections"],
        unit=data["unit"],
        preparation_minutes=data["preparation_minutes"],
        tax_note=data["tax_note"],
    )


def _counted(form: ProductForm) -> products.Counted | None:
    """Return the stock if it is another than the form showed: pieces sold meanwhile stay sold."""
    if "stock" not in form.changed_data:
        return None
    return products.Counted(form.cleaned_data["stock"])


def _initial(product: ProductFacts) -> dict[str, Any]:
    return {
        "name": product.title,
        "handle": product.handle,
        "options": ", ".join(f"{name}: {value}" for name, value in product.options),
        "sku": product.sku,
        "collections": ", ".join(product.collections),
        "low_at": product.low_stock_threshold,
        "price": written(product.price),
        "unit": product.unit,
        "preparation_minutes": product.preparation_minutes,
        "tax_note": product.tax_note,
        "stock": product.stock,
        "emoji": product.emoji,
        "description": product.description,
        "is_visible": product.is_visible,
    }


def _preview(product: ProductFacts | None) -> dict[str, Any]:
    names = ("cover", "name", "price", "unit", "preparation_minutes", "emoji", "description")
    return {name: getattr(product, name, None) for name in names}
