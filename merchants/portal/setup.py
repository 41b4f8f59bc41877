"""Setting the shop up, step by step: what is asked, why, and how each step stands.

Each step is saved where it is done, so one may leave in between and come back here.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Forbidden, NotFound, TrocoError
from merchants.enums import ReviewState
from merchants.portal.access import EDITORS, OWNERS
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.step_up import StepUpForm
from merchants.queries.desk import automatic_words
from merchants.queries.overview import has_begun
from merchants.queries.review_words import STATES
from merchants.queries.reviews import review_notice
from merchants.services.practice import fill_with_samples, practise_sale
from merchants.services.reviews import approve_in_sandbox
from payments.queries.countries import banks_of, takes_purchases
from payments.queries.funding import payout_account_of
from payments.services import sandbox
from payments.services.funding import add_payout_account
from payments.services.waitlist import join_waitlist
from people.queries import party_by_id
from people.services.factors import recovery_codes_left

DONE, MISSING, WAITING, FIX = "done", "missing", "waiting", "fix"
REVIEW = {ReviewState.APPROVED: DONE, ReviewState.ASKED: FIX, ReviewState.REJECTED: FIX}


class BankForm(StepUpForm):
    """The account that sales are paid out to; its bank confirms it."""

    bank = forms.ChoiceField(label=gettext_lazy("Bank"))
    token = forms.CharField(
        label=gettext_lazy("Account code from your bank"),
        max_length=200,
        help_text=gettext_lazy("Your bank gives it out for this. Never type a card's number here."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "code"}),
    )
    bank_code = forms.CharField(
        label=gettext_lazy("What your bank told you"),
        max_length=40,
        help_text=gettext_lazy("The code in its app or on the statement."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "num"}),
    )

    field_order = ("bank", "token", "bank_code", "code")

    def __init__(self, *args: Any, country: str, **kwargs: Any) -> None:
        """Offer the banks of the shop's country."""
        super().__init__(*args, **kwargs)
        known = [(bank.slug, bank.name) for bank in banks_of(country)]
        self.fields["bank"].choices = known  # type: ignore[attr-defined]


class SetupPage(Page):
    """The steps, and in a sandbox the short cuts."""

    section = "settings"
    roles = EDITORS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show how each step stands."""
        steps = self._steps()
        done = sum(1 for step in steps if step["state"] == DONE)
        context = {
            "steps": steps,
            "done": done,
            "is_carried": takes_purchases(self.seat.shop.country, self.now),
            "country": self.seat.shop.country,
        }
        return self.page("setup.html", context)

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Wait to hear when the country opens, or take a short cut of the sandbox."""
        verb, shop_id = self.request.POST.get("verb", ""), self.seat.shop.id
        if verb == "wait" and self.seat.person.phone:
            join_waitlist(country=self.seat.shop.country, phone=self.seat.person.phone)
            self.done(_("We write to your number the moment it opens."))
            return self.go("setup")
        if not settings.SANDBOX:
            raise NotFound
        if verb == "approve" and not self.seat.is_owner:
            raise Forbidden
        try:
            if verb == "samples":
                number = fill_with_samples(shop_id=shop_id, actor=self.seat.person)
                words = _("Made: %(n)s products, a label and two quick replies.")
                self.done(words % {"n": number})
            elif verb == "sale":
                return self._sell()
            elif verb == "approve":
                self._approve()
        except TrocoError as refusal:
            self.refused(refusal)
        return self.go("setup")

    def _sell(self) -> HttpResponse:
        """Let somebody buy; without an account that could be paid, lead to where it is set."""
        shop = self.seat.shop
        if payout_account_of(shop.party_id) is not None or not self.seat.is_owner:
            return self.go("order", practise_sale(shop_id=shop.id))
        messages.info(
            self.request,
            _("One thing first: nobody can pay you without a bank account. Open a test account."),
        )
        return self.go("bank")

    def _approve(self) -> None:
        approve_in_sandbox(shop_id=self.seat.shop.id)
        self.done(_("Approved, as only a sandbox does it."))

    def _steps(self) -> list[dict[str, Any]]:
        return [*self._papers(), *self._shelf()]

    def _papers(self) -> list[dict[str, Any]]:
        """Return what the law and safety ask for."""
        shop, person = self.seat.shop, self.seat.person
        party, review = party_by_id(shop.party_id), review_notice(shop.id)
        state = review.state if review is not None else ReviewState.OPEN
        return [
            _step(
                is_done=bool(party and party.tax_id),
                title=_("Your business"),
                why=_("Name in the register and tax id. The law asks whom we pay."),
                link=("portal:settings", _("Look")),
            ),
            {
                **_step(
                    is_done=state == ReviewState.APPROVED,
                    title=_("Our review"),
                    why=str(STATES.get(state) or _("Approved: your sales are paid out.")),
                    link=("portal:review", _("Look")),
                ),
                "state": REVIEW.get(ReviewState(state), WAITING),
            },
            _step(
                is_done=payout_account_of(shop.party_id) is not None,
                title=_("Bank account for payouts"),
                why=_(
                    "Nobody can pay you before. Sales are paid out to it each bank day;"
                    " the bank confirms it is yours."
                ),
                link=("portal:bank", _("Set it")) if self.seat.is_owner else None,
            ),
            _step(
                is_done=recovery_codes_left(person=person) > 0,
                title=_("Recovery codes"),
                why=_("For when your authenticator app is lost."),
                link=("portal:security", _("Make them")),
            ),
        ]

    def _shelf(self) -> list[dict[str, Any]]:
        """Return what makes it a shop."""
        shop = self.seat.shop
        has_product, has_sold = has_begun(shop.id)
        words = automatic_words(shop.id)
        return [
            _step(
                is_done=bool(shop.about),
                title=_("What customers read of you"),
                why=_("One sentence about what you sell, and where."),
                link=("portal:settings", _("Write it")),
            ),
            _step(
                is_done=has_product,
                title=_("First product"),
                why=_("A name and a price are enough. A picture sells better."),
                link=("portal:product_new", _("Add it")),
            ),
            _step(
                is_done=bool(words.hours or words.greeting),
                title=_("Opening hours and greeting"),
                why=_("So that nobody waits for an answer at night."),
                link=("portal:desk", _("Set them")),
            ),
            _first_sale(is_done=has_sold),
        ]


class BankPage(Page):
    """The bank account for payouts; another one takes its place on a fresh code."""

    section = "settings"
    roles = OWNERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the account that is there, and the form of another one."""
        return self._show(BankForm(country=self.seat.shop.country))

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Ask the bank, and set it; in a sandbox an account can be invented first."""
        if self.request.POST.get("verb") == "invent":
            return self._invent()
        form = BankForm(self.request.POST, country=self.seat.shop.country)
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(form, http_status=REFUSED)
        facts = form.cleaned_data
        try:
            add_payout_account(
                party_id=self.seat.shop.party_id,
                bank=facts["bank"],
                token=facts["token"].strip(),
                code=facts["bank_code"].strip(),
                actor=self.seat.person,
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(form, http_status=REFUSED)
        self.done(_("The bank confirmed it. The next payout goes there."))
        return self.go("setup")

    def _invent(self) -> HttpResponse:
        """Open an account at a simulated bank and fill it into the form."""
        if not settings.SANDBOX:
            raise NotFound
        shop, party = self.seat.shop, party_by_id(self.seat.shop.party_id)
        banks = banks_of(shop.country)
        if party is None or not banks:
            raise NotFound
        try:
            account = sandbox.open_account(
                account=sandbox.NewAccount(
                    bank=banks[0].slug,
                    kind="bank_account",
                    balance_minor=0,
                    tax_id=party.tax_id or "",
                    holder_name=party.legal_name or shop.name,
                )
            )
        except TrocoError as refusal:
            self.refused(refusal)
            return self.go("bank")
        known = {
            "bank": banks[0].slug,
            "token": account.token,
            "bank_code": account.verification_code,
        }
        form = BankForm(initial=known, country=shop.country)
        form.fields["code"].widget.attrs["autofocus"] = True
        return self._show(form, is_invented=True)

    def _show(
        self, form: BankForm, *, http_status: int = 200, is_invented: bool = False
    ) -> HttpResponse:
        found = payout_account_of(self.seat.shop.party_id)
        names = {bank.slug: bank.name for bank in banks_of(self.seat.shop.country)}
        account = f"{names.get(found.bank, found.bank)} ••{found.last4}" if found else ""
        context = {"form": form, "account": account, "is_invented": is_invented}
        return self.page("bank.html", context, http_status=http_status)


def _first_sale(*, is_done: bool) -> dict[str, Any]:
    """Return the step of the first sale; in a sandbox its button makes one."""
    if is_done or not settings.SANDBOX:
        link = ("portal:orders", _("Look")) if is_done else ("portal:keypad", _("Charge"))
        why = _("Charge at the counter with a code, or send a product in a conversation.")
        return _step(is_done=is_done, title=_("First sale"), why=why, link=link)
    why = _("In test mode an invented customer buys from you: see what happens.")
    step = _step(is_done=False, title=_("First sale"), why=why, link=None)
    return {**step, "verb": "sale", "action": _("Let somebody buy"), "id": "sale"}


def _step(*, is_done: bool, title: str, why: str, link: tuple[str, str] | None) -> dict[str, Any]:
    door, action = link or ("", "")
    return {
        "state": DONE if is_done else MISSING,
        "title": title,
        "why": why,
        "href": reverse(door) if door else "",
        "action": action,
    }
