"""The team: who works here and as what, who was asked to, and leaving."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Forbidden, NotFound, TrocoError
from core.money import Money
from merchants.codes.sheets import in_zone
from merchants.enums import Role
from merchants.portal.access import OWNERS
from merchants.portal.amount_form import AmountForm
from merchants.portal.keys import show_secret
from merchants.portal.lists import Column, Empty, Fetched, Listing, ListPage
from merchants.portal.pages import REFUSED, Page, reason_of, see_other
from merchants.portal.step_up import StepUpForm
from merchants.portal.templatetags.troco import written
from merchants.portal.words import ROLES
from merchants.queries.teams import MemberFacts, everybody_of, members_of, open_invites
from merchants.services.invites import invite_member, withdraw_invite
from merchants.services.team import change_refund_limits, change_role, remove_member
from people.senders import SenderUnavailable
from people.services.invitations import invite

LEFT = "left"
ROLE_CHOICES = [(role.value, ROLES[role].name) for role in Role]


class InviteForm(StepUpForm):
    """Whom to ask, and as what."""

    phone = forms.CharField(
        label=gettext_lazy("Phone number"),
        max_length=30,
        help_text=gettext_lazy("With + and the country code. The invitation goes there."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "class": "num"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLE_CHOICES, initial=Role.CASHIER)

    field_order = ("phone", "role", "code")


class RoleForm(StepUpForm):
    """Another role for somebody."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLE_CHOICES)

    field_order = ("role", "code")


class LimitsForm(AmountForm, StepUpForm):
    """What managers and cashiers may give back of one payment."""

    manager = forms.CharField(
        label=gettext_lazy("A manager refunds up to"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )
    cashier = forms.CharField(
        label=gettext_lazy("A cashier refunds up to"),
        max_length=20,
        help_text=gettext_lazy("Of one payment, all its refunds together."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )

    field_order = ("manager", "cashier", "code")

    def clean_manager(self) -> Money | None:
        """Read the manager's limit exactly."""
        return self.money_in("manager")

    def clean_cashier(self) -> Money | None:
        """Read the cashier's limit exactly."""
        return self.money_in("cashier")


class TeamPage(ListPage):
    """Everybody of the team, and who was asked; the owner sets what others may give back."""

    section = "team"
    name = "team"
    caption = gettext_lazy("Who works here")
    template = "team.html"
    row_template = "parts/rows/member.html"
    css = "faces"
    carried = ("show",)
    known: ClassVar = {"show": (LEFT,)}
    columns = (
        Column(gettext_lazy("Name"), may_hide=False),
        Column(gettext_lazy("Role")),
        Column(gettext_lazy("Last signed in"), is_end=True),
    )
    sheet_head = ("name", "login", "role", "joined_at", "signed_in_at", "left_at", "time_zone")

    def fetch(self, _cursor: str | None, _limit: int) -> Fetched:
        """Return who works here, or who left; a team fits on a page."""
        everybody = everybody_of(self.seat.shop.id)
        return [each for each in everybody if bool(each.left_at) == self._is_of_left], None

    def rows(self, found: list[MemberFacts]) -> list[dict[str, Any]]:
        """Return people as their rows show them."""
        return [_row(each, self.seat.person.pk) for each in found]

    def sheet_rows(self, found: list[MemberFacts]) -> Iterable[Sequence[str]]:
        """Return people as lines of the file; of a number only its end."""
        return [_sheet_row(each, self.seat.shop.timezone) for each in found]

    def chips(self) -> list[dict[str, Any]]:
        """Let those who may read the activity log see who left."""
        if not self.seat.may_edit:
            return []
        return [self.chip(_("Here"), "show", ""), self.chip(_("Left the team"), "show", LEFT)]

    def empty(self) -> Empty:
        """Say that nobody left; somebody is always here."""
        return Empty("users", _("Nobody left yet"), _("Who leaves the team is kept here."))

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Add who was asked, what roles may, and the owner's limits."""
        seat = self.seat
        return {
            "invites": [
                {
                    "id": each.public_id,
                    "phone": each.phone,
                    "role": ROLES[each.role].name,
                    "expires_at": each.expires_at,
                }
                for each in (open_invites(seat.shop.id) if seat.may_edit else [])
            ],
            "roles": list(ROLES.values()),
            "form": self._limits() if seat.is_owner else None,
            "is_owner": seat.is_owner,
            "may_see_acts": seat.may_edit,
        }

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Do what the pressed button says: leave, take an invitation back, or set limits."""
        verb = self.request.POST.get("verb", "")
        if verb == "leave":
            return self._leave()
        if not self.seat.is_owner:
            raise Forbidden
        if verb == "withdraw":
            withdraw_invite(
                shop_id=self.seat.shop.id,
                actor=self.seat.person,
                invite_id=self.request.POST.get("invite", ""),
            )
            self.done(_("Taken back. Its link opens nothing any more."))
            return self.go("team")
        return self._set_limits()

    def _leave(self) -> HttpResponse:
        person = self.seat.person
        try:
            remove_member(shop_id=self.seat.shop.id, actor=person, person_id=person.pk)
        except TrocoError as refusal:
            self.refused(refusal)
            return self.go("team")
        return see_other(reverse("portal:overview"))

    def _set_limits(self) -> HttpResponse:
        form = LimitsForm(self.request.POST, currency=self.seat.shop.currency)
        if not form.is_valid() or not form.is_proven_on(self):
            return self.show(form=form, http_status=REFUSED)
        try:
            change_refund_limits(
                shop_id=self.seat.shop.id,
                actor=self.seat.person,
                manager_minor=form.cleaned_data["manager"].amount_minor,
                cashier_minor=form.cleaned_data["cashier"].amount_minor,
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self.show(form=form, http_status=REFUSED)
        self.done(_("Saved."))
        return self.go("team")

    def _limits(self) -> LimitsForm:
        shop = self.seat.shop
        known = {
            "manager": written(shop.manager_refund),
            "cashier": written(shop.cashier_refund),
        }
        return LimitsForm(initial=known, currency=shop.currency)

    @property
    def _is_of_left(self) -> bool:
        return self.seat.may_edit and self.asked("show") == LEFT


class InvitePage(Page):
    """The form that asks somebody into the team."""

    section = "team"
    roles = OWNERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show an empty form."""
        return self._show(InviteForm())

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Ask them: a message with the link goes to the number, and the link is shown once."""
        form = InviteForm(self.request.POST)
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(form, http_status=REFUSED)
        facts, shop = form.cleaned_data, self.seat.shop
        try:
            made = invite_member(
                shop_id=shop.id,
                actor=self.seat.person,
                phone=facts["phone"],
                role=Role(facts["role"]),
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(form, http_status=REFUSED)
        link = settings.TROCO_PUBLIC_URL + reverse("portal:join", args=[made.token])
        text = _("%(shop)s asks you into its team on Troco: %(link)s") % {
            "shop": shop.name,
            "link": link,
        }
        try:
            invite(phone=made.invite.phone, reference=made.invite.public_id, text=text[:400])
        except SenderUnavailable:
            self.done(_("The message could not be sent. Give them the link yourself."))
        return show_secret(
            self, _("The invitation's link"), link, reverse("portal:team"), _("To the team")
        )

    def _show(self, form: InviteForm, *, http_status: int = 200) -> HttpResponse:
        context = {"form": form, "roles": list(ROLES.values())}
        return self.page("invite.html", context, http_status=http_status)


class MemberPage(Page):
    """One of the team, for the owner: another role, or none."""

    section = "team"
    roles = OWNERS

    def get(self, _request: HttpRequest, person_id: str) -> HttpResponse:
        """Show them."""
        found = self._member(person_id)
        return self._show(found, RoleForm(initial={"role": found.role}))

    def post(self, _request: HttpRequest, person_id: str) -> HttpResponse:
        """Change their role or end their membership, on a fresh code."""
        found = self._member(person_id)
        is_end = self.request.POST.get("verb") == "remove"
        form = (
            StepUpForm(self.request.POST, auto_id="end_%s")
            if is_end
            else RoleForm(self.request.POST)
        )
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(found, form, http_status=REFUSED)
        about: dict[str, Any] = {
            "shop_id": self.seat.shop.id,
            "actor": self.seat.person,
            "person_id": found.person_id,
        }
        try:
            if is_end:
                remove_member(**about)
            else:
                change_role(**about, role=Role(form.cleaned_data["role"]))
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(found, form, http_status=REFUSED)
        self.done(_("Removed. Their next click is refused.") if is_end else _("Saved."))
        return self.go("team")

    def _member(self, person_id: str) -> MemberFacts:
        for each in members_of(self.seat.shop.id):
            if str(each.person_id) == person_id:
                return each
        raise NotFound

    def _show(
        self, found: MemberFacts, form: StepUpForm, *, http_status: int = 200
    ) -> HttpResponse:
        is_role = isinstance(form, RoleForm)
        context = {
            "member": _row(found, self.seat.person.pk),
            "form": form if is_role else RoleForm(initial={"role": found.role}),
            "end_form": StepUpForm(auto_id="end_%s") if is_role else form,
            "roles": list(ROLES.values()),
        }
        return self.page("member.html", context, http_status=http_status)


def member_choices(found: Iterable[MemberFacts]) -> list[tuple[str, str]]:
    """Return who is or was of the team as a filter offers them; who left is marked."""
    return [
        (
            str(each.person_id),
            _("%(name)s (left)") % {"name": each.name} if each.left_at else each.name,
        )
        for each in found
    ]


def _sheet_row(found: MemberFacts, zone: str) -> Sequence[str]:
    moments = (found.joined_at, found.signed_in_at, found.left_at)
    shown = (in_zone(moment, zone) if moment else "" for moment in moments)
    return (found.name, found.login, found.role.value, *shown, zone)


def _row(found: MemberFacts, own_id: int) -> dict[str, Any]:
    return {
        "id": found.person_id,
        "name": found.name,
        "login": found.login,
        "role": ROLES[found.role].name,
        "may": ROLES[found.role].may,
        "joined_at": found.joined_at,
        "last_seen": found.signed_in_at,
        "left_at": found.left_at,
        "is_you": found.person_id == own_id,
    }
