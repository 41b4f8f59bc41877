"""What staff do about a person's safety."""

from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import Act, Fact, moment_words
from people.models import Person
from people.queries import is_coerced
from people.services.duress import lift_duress
from people.services.freezing import freeze_by_staff, freeze_state, unfreeze_by_staff


class _PersonAct(Act):
    """Something about one person with a party."""

    permission = "people.freeze_person"
    person: Person

    def find(self) -> None:
        """Load the person."""
        found = Person.objects.filter(pk=self.kwargs["person_id"], party__isnull=False).first()
        if found is None:
            raise Http404
        self.person = found

    def facts(self) -> list[Fact]:
        """Show who it is and how the freeze stands."""
        state = freeze_state(self.person)
        frozen = gettext("no")
        if state.is_frozen:
            frozen = f"{state.by}, {moment_words(state.frozen_at)}"
        return [
            Fact(_("Person"), self.person),
            Fact(_("Party"), self.person.party),
            Fact(_("Frozen"), frozen),
            Fact(_("Under duress"), gettext("yes") if is_coerced(self.person) else gettext("no")),
        ]

    def back(self) -> str:
        """Return to the person."""
        return reverse("admin:people_person_change", args=[self.person.pk])


class FreezePerson(_PersonAct):
    """Stop a person's payments."""

    title = _("Freeze a person's payments")
    words = _(
        "The very next payment is refused and the person is told that staff froze them; what"
        " comes in still comes in. Only staff can lift it."
    )
    button = _("Freeze now")
    is_grave = True

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Freeze."""
        freeze_by_staff(staff=staff, login=self.person.login, reason=answers["reason"])
        return gettext("Their payments are frozen.")


class UnfreezePerson(_PersonAct):
    """Let a person pay again."""

    title = _("Lift the freeze of staff")
    words = _("The person can pay again, unless they have frozen themselves as well.")
    button = _("Lift the freeze")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Lift."""
        unfreeze_by_staff(staff=staff, login=self.person.login, reason=answers["reason"])
        return gettext("The freeze is lifted.")


class LiftDuress(_PersonAct):
    """Let a person who paid under duress pay as usual again."""

    title = _("End the watch over somebody who paid under duress")
    words = _(
        "Until now the person could send only a little, and their phone does not show why. Make"
        " sure that they are safe and alone, in another way than by their phone, before you press."
    )
    button = _("They are safe")
    is_grave = True

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Lift."""
        lift_duress(staff=staff, login=self.person.login, reason=answers["reason"])
        return gettext("They can pay as usual again.")
