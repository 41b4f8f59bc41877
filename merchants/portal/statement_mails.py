"""Who of the team gets the statement of each month by mail."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from merchants.models.mails import FORMATS
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.words import ROLES
from merchants.queries.statement_mails import MailReader, mail_readers
from merchants.services.statement_mails import (
    MAILED_ROLES,
    MailWish,
    choose_statement_mail,
    confirm_statement_mail,
    end_statement_mail,
    unconfirmed,
)


class MailForm(forms.Form):
    """Who gets it where, and as which files."""

    person = forms.TypedChoiceField(label=gettext_lazy("Who"), coerce=int)
    address = forms.EmailField(
        label=gettext_lazy("Mail address"),
        max_length=254,
        help_text=gettext_lazy("A link is sent there; who gets the mails confirms it, signed in."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    formats = forms.MultipleChoiceField(
        label=gettext_lazy("Files"),
        choices=[(each, each.upper()) for each in FORMATS],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        """Offer those who may be chosen."""
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people  # type: ignore[attr-defined]


class StatementMailsPage(Page):
    """An owner chooses for everybody who reads statements, others for themselves."""

    section = "payouts"
    roles = MAILED_ROLES

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show who gets it; a link from a mail also asks for the yes."""
        return self._show(confirms=request.GET.get("confirm", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Choose, confirm, or end."""
        verb, said = request.POST.get("verb", ""), request.POST
        if verb == "choose":
            return self._choose()
        if verb == "confirm":
            try:
                confirm_statement_mail(person=self.seat.person, token=said.get("token", ""))
            except NotFound:
                return self._show(confirms=said.get("token", "") or "-", http_status=REFUSED)
            self.done(_("From now on the statement of each month is told to you by mail."))
        elif verb == "end":
            end_statement_mail(
                shop_id=self.seat.shop.id, actor=self.seat.person, mail_id=said.get("mail", "")
            )
            self.done(_("No more statements by mail."))
        else:
            raise NotFound
        return self.go("statement_mails")

    def _choose(self) -> HttpResponse:
        readers = self._readers()
        form = MailForm(self.request.POST, people=self._people(readers))
        if form.is_valid():
            facts = form.cleaned_data
            wish = MailWish(facts["person"], facts["address"], facts["formats"])
            try:
                made = choose_statement_mail(
                    shop_id=self.seat.shop.id, actor=self.seat.person, wish=wish
                )
            except NotFound:
                raise
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                told = _("Saved.") if made.confirmed_at else _("A link to confirm was sent there.")
                self.done(told)
                return self.go("statement_mails")
        return self._show(form=form, http_status=REFUSED)

    def _readers(self) -> list[MailReader]:
        """Return whom the page is about: everybody for an owner, else only oneself."""
        found = mail_readers(self.seat.shop.id, MAILED_ROLES)
        own = self.seat.person.pk
        return [each for each in found if self.seat.is_owner or each.person_id == own]

    def _people(self, readers: list[MailReader]) -> list[tuple[int, str]]:
        own = self.seat.person.pk
        ordered = sorted(readers, key=lambda each: each.person_id != own)
        return [(each.person_id, each.name) for each in ordered]

    def _show(
        self, *, form: MailForm | None = None, confirms: str = "", http_status: int = 200
    ) -> HttpResponse:
        readers = self._readers()
        asked = unconfirmed(self.seat.person, confirms).first() if confirms else None
        initial = {"formats": ["pdf"], "person": self.seat.person.pk}
        context = {
            "rows": [
                {
                    "name": each.name,
                    "role": ROLES[each.role].name,
                    "mail_id": each.mail_id,
                    "address": each.address,
                    "files": ", ".join(file.upper() for file in each.formats),
                    "is_confirmed": each.is_confirmed,
                    "is_you": each.person_id == self.seat.person.pk,
                }
                for each in readers
            ],
            "form": form or MailForm(people=self._people(readers), initial=initial),
            "can_mail": settings.CAN_MAIL,
            "confirm": {"token": confirms, "address": asked.address, "shop": asked.shop.name}
            if asked
            else None,
            "is_link_over": bool(confirms) and asked is None,
        }
        return self.page("statement_mails.html", context, http_status=http_status)
