"""What staff do about a regulator's holds: impose, approve lifting, hand over what happened."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from core.admin import Act, Fact, ReasonForm, moment_words, state_words
from payments.admin.rows import mono, party_link, party_named
from payments.enums import Capability, HoldLevel
from payments.models import Bank, Country, RegulatorHold
from payments.queries.hold_record import write_record
from payments.services.holds import (
    LARGEST_DOCUMENT,
    PEOPLE_TO_LIFT,
    HoldOrder,
    approve_lift,
    hand_over,
    impose_order,
)
from people.queries import party_by_id

_MEGABYTE = 1024 * 1024


class HoldForm(ReasonForm):
    """What is stopped, where, how far, from when, and by whose order."""

    field_order = (
        "country",
        "capability",
        "bank",
        "party",
        "level",
        "starts_at",
        "legal_reference",
        "document",
        "reason",
    )

    country = forms.ModelChoiceField(
        label=_("Country"),
        queryset=Country.objects.order_by("name"),
        to_field_name="iso2",
    )
    capability = forms.ChoiceField(
        label=_("Business"),
        required=False,
        choices=[("", _("Every business")), *((c, c.replace("_", " ")) for c in Capability.values)],
    )
    bank = forms.ModelChoiceField(
        label=_("Only this bank"),
        required=False,
        queryset=Bank.objects.order_by("name"),
        to_field_name="slug",
        empty_label=_("Every bank"),
    )
    party = forms.CharField(
        label=_("Only this person or business"),
        required=False,
        max_length=40,
        help_text=_(
            "A phone number or a public id (pty_…). The others are not told whom it is about."
        ),
    )
    level = forms.ChoiceField(
        label=_("What stops"),
        widget=forms.RadioSelect,
        choices=[
            (HoldLevel.STOP_NEW, _("New payments: refunds, returns and settlement go on")),
            (
                HoldLevel.STOP_ALL,
                _(
                    "Everything: payments under way wait where they are, and so do refunds and"
                    " settlement, until the hold is lifted"
                ),
            ),
        ],
    )
    starts_at = forms.DateTimeField(
        label=_("In force from"),
        required=False,
        help_text=_("By your clock, such as 2026-11-30 09:00. Empty is at once."),
    )
    legal_reference = forms.CharField(
        label=_("Legal reference"), max_length=200, help_text=_("The order it follows.")
    )
    document = forms.FileField(
        label=_("The order itself"),
        required=False,
        max_length=120,
        help_text=_("The paper, up to 5 MB; kept with its hash."),
    )

    def clean_document(self) -> Any:
        """Refuse a file that is too large before it is read."""
        document = self.cleaned_data["document"]
        if document is not None and document.size > LARGEST_DOCUMENT:
            raise forms.ValidationError(
                _("The file is larger than %(most)d MB."),
                params={"most": LARGEST_DOCUMENT // _MEGABYTE},
            )
        return document

    def clean_party(self) -> str:
        """Return the public id of the party that is named, or nothing."""
        text = str(self.cleaned_data["party"]).strip()
        if not text:
            return ""
        found = party_named(text)
        party = party_by_id(found) if found else None
        if party is None:
            raise forms.ValidationError(_("Nobody has this number or id."))
        return party.public_id


class ImposeHold(Act):
    """One person stops business."""

    permission = "payments.impose_regulatorhold"
    title = _("Impose a hold")
    words = _(
        "It is in force from the moment you press the button: payments that are being written"
        " are waited for, and the very next one is refused. Lifting it takes two people."
    )
    button = _("Impose the hold now")
    is_grave = True
    form_class = HoldForm

    def back(self) -> str:
        """Return to the holds."""
        return reverse("admin:payments_regulatorhold_changelist")

    def starting(self) -> dict[str, Any]:
        """Choose the country one came from."""
        return {"country": self.request.GET.get("country", ""), "level": HoldLevel.STOP_NEW}

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Impose it."""
        document = answers["document"]
        order = HoldOrder(
            country=answers["country"].iso2,
            capability=answers["capability"],
            bank=answers["bank"].slug if answers["bank"] else "",
            party=answers["party"],
            level=answers["level"],
            reason=answers["reason"],
            legal_reference=answers["legal_reference"],
            starts_at=answers["starts_at"],
            document=document.read() if document else b"",
            document_name=document.name if document else "",
        )
        hold = impose_order(staff=staff, order=order)
        if hold.starts_at is not None:
            words = gettext("The hold %(hold)s will be in force from %(at)s.")
            return words % {"hold": hold.public_id, "at": moment_words(hold.starts_at)}
        return gettext("The hold %(hold)s is in force.") % {"hold": hold.public_id}


class LiftHold(Act):
    """The first or the second of two people approves lifting."""

    permission = "payments.lift_regulatorhold"
    title = _("Approve lifting a hold")
    words = _(
        "Two different people approve. The first approval changes nothing yet; with the second,"
        " business goes on at once where nothing else stands in the way."
    )
    button = _("Approve lifting")
    hold: RegulatorHold

    def find(self) -> None:
        """Load the hold."""
        self.hold = _found(self.kwargs["hold_id"])

    def facts(self) -> list[Fact]:
        """Show the hold and who approved already."""
        approved = self.hold.lifts.select_related("by").order_by("ordinal")
        names = ", ".join(f"{each.by} ({each.reason})" for each in approved)
        return [
            Fact(_("Hold"), self.hold.public_id),
            Fact(_("Country"), self.hold.country),
            Fact(_("Business"), self.hold.capability or gettext("every business")),
            Fact(_("Only"), covers(self.hold)),
            Fact(_("Stops"), state_words(self.hold.level)),
            Fact(_("Order"), self.hold.legal_reference),
            Fact(_("Reason"), self.hold.reason),
            Fact(_("Imposed"), f"{self.hold.imposed_by}, {moment_words(self.hold.imposed_at)}"),
            Fact(_("Approved by so far"), names or gettext("nobody")),
        ]

    def back(self) -> str:
        """Return to the hold."""
        return reverse("admin:payments_regulatorhold_change", args=[self.hold.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Approve."""
        hold = approve_lift(staff=staff, hold_id=self.hold.public_id, reason=answers["reason"])
        if hold.lifted_at is not None:
            return gettext("The hold is lifted.")
        left = PEOPLE_TO_LIFT - 1
        return gettext("Approved. %(left)d more person has to approve.") % {"left": left}


class _HandOver(View):
    """Something of a hold to download; each download is in the audit trail."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Let pass whoever may see holds."""
        if not request.user.has_perm("payments.view_regulatorhold"):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @classmethod
    def door(cls) -> Any:
        """Return the view behind the staff's door."""
        return admin.site.admin_view(cls.as_view())


class HoldRecord(_HandOver):
    """What happened under a hold, line by line, for the authority that ordered it."""

    def get(self, request: HttpRequest, hold_id: str) -> HttpResponse:
        """Hand over a table of values separated by commas."""
        hold = _found(hold_id)
        _note(request, hold_id, "record")
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{hold_id}.csv"'
        write_record(hold, answer)
        return answer


class HoldDocument(_HandOver):
    """The order itself, as it was handed in."""

    def get(self, request: HttpRequest, hold_id: str) -> HttpResponse:
        """Hand over the file; a browser must not open it here."""
        hold = _found(hold_id)
        if hold.document is None:
            raise Http404
        _note(request, hold_id, "document")
        answer = HttpResponse(bytes(hold.document), content_type="application/octet-stream")
        answer["Content-Disposition"] = f'attachment; filename="{hold_id}.bin"'
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


def covers(hold: RegulatorHold) -> Any:
    """Name the bank or party that a hold is over alone."""
    if hold.bank is not None:
        return hold.bank
    if hold.party_id is not None:
        return party_link(party_by_id(hold.party_id))
    return gettext("all of the country")


def document_words(hold: RegulatorHold) -> Any:
    """Name the file of the order and its hash."""
    if not hold.document_sha256:
        return "—"
    return mono(f"{hold.document_name} · SHA-256 {hold.document_sha256}")


def _note(request: HttpRequest, hold_id: str, what: str) -> None:
    """Note who takes something away; whoever got here is a person of the staff."""
    staff: Any = request.user
    hand_over(staff=staff, hold_id=hold_id, what=what)


def _found(hold_id: str) -> RegulatorHold:
    rows = RegulatorHold.objects.select_related("country", "imposed_by", "bank")
    found = rows.filter(public_id=hold_id).first()
    if found is None:
        raise Http404
    return found
