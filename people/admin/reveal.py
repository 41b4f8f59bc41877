"""Seeing a person in full: masked everywhere, shown here, for a reason that is written down."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact
from people.models import Identity, Person
from people.phones import shown_phone
from people.queries import identity_of
from people.services.revealing import note_reveal


class RevealPerson(Act):
    """Show number, legal name and tax id of one person, once."""

    permission = "people.reveal_person"
    title = _("See a person in full")
    words = _(
        "Their number, legal name and tax id are shown on the next page, once. Who looked, and"
        " why, stays in the audit trail."
    )
    button = _("Show them")
    person: Person

    def find(self) -> None:
        """Load the person."""
        rows = Person.objects.select_related("party")
        found = rows.filter(pk=self.kwargs["person_id"], party__isnull=False).first()
        if found is None:
            raise Http404
        self.person = found

    def facts(self) -> list[Fact]:
        """Name them without giving them away."""
        return [
            Fact(_("Person"), shown_phone(self.person.phone or self.person.login)),
            Fact(_("Party"), self.person.party.public_id if self.person.party else "—"),
        ]

    def back(self) -> str:
        """Return to the person."""
        return reverse("admin:people_person_change", args=[self.person.pk])

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Write down that they were looked at; then show them, on this answer only."""
        form = self.form_class(request.POST)
        if not form.is_valid():
            return super().post(request, **kwargs)
        staff: Any = request.user
        note_reveal(staff=staff, person=self.person, reason=form.cleaned_data["reason"])
        identity = identity_of(self.person)
        context = {
            **self.context(form),
            "facts": self._in_full(identity),
            "title": gettext("A person in full"),
        }
        return render(request, "admin/revealed.html", context)

    def _in_full(self, identity: Identity | None) -> list[Fact]:
        missing = gettext("not verified yet")
        return [
            Fact(_("Number"), self.person.phone or "—"),
            Fact(_("Login"), self.person.login),
            Fact(_("Name others see"), self.person.party),
            Fact(_("Legal name"), identity.legal_name if identity else missing),
            Fact(_("Tax id"), identity.tax_id if identity else missing),
        ]
