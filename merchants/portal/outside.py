"""How the shop is paid outside of Troco: what buyers are shown, what is coming, and a new one."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Forbidden, InputInvalid, NotFound, TrocoError
from core.money import Money
from merchants.portal.access import OWNERS
from merchants.portal.pages import REFUSED, Page, reason_of, see_other
from merchants.portal.step_up import StepUpForm
from merchants.portal.words import MEANS, MeansWords
from merchants.queries import MeansFacts, means_coming, means_shown
from merchants.services.means import LONGEST_CITY, LONGEST_NAME, NewMeans, add_means, remove_means
from payments.codes import CodeRefused
from payments.codes.outside import LONGEST_PAYEE, MeansKind, kinds_of
from payments.codes.pictures import draw_code
from payments.queries.countries import takes_purchases

SAMPLE_MINOR = 1000  # What the picture on this page asks for, to be tried with one's own bank.


class MeansForm(StepUpForm):
    """One way to be paid, and the second factor again: a code works once."""

    payee = forms.CharField(max_length=LONGEST_PAYEE)
    holder_name = forms.CharField(
        label=gettext_lazy("Whose it is"),
        max_length=LONGEST_NAME,
        help_text=gettext_lazy("The name that your bank shows to whoever pays."),
    )
    city = forms.CharField(label=gettext_lazy("City"), max_length=LONGEST_CITY)

    field_order = ("payee", "holder_name", "city", "code")

    def __init__(self, *args: Any, kind: MeansKind, **kwargs: Any) -> None:
        """Ask for the payee in the words of its kind, and for a city only where one is written."""
        super().__init__(*args, **kwargs)
        words = MEANS[kind]
        self.fields["payee"].label = str(words.asks_for)
        self.fields["payee"].help_text = str(words.help_text)
        if kind != MeansKind.PIX:
            del self.fields["city"]


class OutsidePage(Page):
    """What buyers are shown where Troco does not carry the payment, and what is coming."""

    section = "settings"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it; only the owner changes it."""
        shop = self.seat.shop
        shown = means_shown([shop.id], self.now).get(shop.id, [])
        context = {
            "may_edit": self.seat.is_owner,
            "is_carried": takes_purchases(shop.country, self.now),
            "shown": [self._row(each) for each in shown],
            "coming": [self._row(each) for each in means_coming(shop.id, self.now)],
            "kinds": [
                {"code": kind.value, "words": MEANS[kind].name, "text": MEANS[kind].about}
                for kind in kinds_of(shop.country)
            ],
        }
        return self.page("outside.html", context)

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Take one away."""
        if not self.seat.is_owner:
            raise Forbidden
        means_id = self.request.POST.get("means", "")
        remove_means(shop_id=self.seat.shop.id, actor=self.seat.person, means_id=means_id)
        self.done(_("Taken away. Customers are not shown it any more."))
        return self.go("outside")

    def _row(self, means: MeansFacts) -> dict[str, Any]:
        return {
            "id": means.public_id,
            "words": MEANS[means.kind].name,
            "payee": means.payee,
            "holder_name": means.holder_name,
            "added_by": means.added_by,
            "added_at": means.added_at,
            "usable_at": means.usable_at,
            "qr": _sample(means, self.seat.shop.currency),
            "sample": Money(SAMPLE_MINOR, self.seat.shop.currency),
        }


class NewMeansPage(Page):
    """The form for one kind."""

    section = "settings"
    roles = OWNERS

    def get(self, _request: HttpRequest, kind: str) -> HttpResponse:
        """Show an empty form."""
        known = self._kind(kind)
        return self._show(known, MeansForm(kind=known))

    def post(self, _request: HttpRequest, kind: str) -> HttpResponse:
        """Add it on a fresh code; what was typed stays when it is refused."""
        known = self._kind(kind)
        form = MeansForm(self.request.POST, kind=known)
        if not form.is_valid():
            return self._show(known, form, http_status=REFUSED)
        if not form.is_proven_on(self):
            return self._show(known, form, http_status=REFUSED)
        facts = form.cleaned_data
        wanted = NewMeans(known, facts["payee"], facts["holder_name"], facts.get("city", ""))
        try:
            add_means(shop_id=self.seat.shop.id, actor=self.seat.person, wanted=wanted)
        except InputInvalid as refusal:
            fields = refusal.extra.get("field_errors")
            named = [name for name in form.fields if isinstance(fields, dict) and name in fields]
            form.add_error(named[0] if named else None, reason_of(refusal))
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
        else:
            self.done(_("Added. Customers are shown it when the wait is over."))
            return see_other(reverse("portal:outside"))
        return self._show(known, form, http_status=REFUSED)

    def _kind(self, kind: str) -> MeansKind:
        """Return a kind of the shop's country.

        Raises:
            NotFound: It is none.
        """
        if kind not in kinds_of(self.seat.shop.country):
            raise NotFound
        return MeansKind(kind)

    def _show(self, kind: MeansKind, form: MeansForm, *, http_status: int = 200) -> HttpResponse:
        words: MeansWords = MEANS[kind]
        context = {"form": form, "name": words.name, "about": words.about}
        return self.page("outside_new.html", context, http_status=http_status)


def _sample(means: MeansFacts, currency: str) -> str:
    """Return the picture of a small payment, or nothing where the kind has none."""
    try:
        shown = means.for_amount(SAMPLE_MINOR, currency, "TEST")
    except CodeRefused:
        return ""
    return draw_code(shown.code) if shown.code else ""
