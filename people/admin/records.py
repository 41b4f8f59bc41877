"""People on the staff's site: to read and to search, never to write, and no secrets."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    Tool,
    choice_filter,
    link,
    queue_filter,
    recent_filter,
    record_link,
    table,
)
from people.admin.trail import PERSON_TERM
from people.enums import FrozenBy, PartyKind, ProofMethod, Tier
from people.models import Device, Identity, Party, Person, Proof
from people.queries import is_coerced
from people.services.freezing import freeze_state
from people.services.pins import pin_state

_SHOWN_OF_TAX_ID = 3


def mask_tax_id(tax_id: str) -> str:
    """Hide all but the last three characters."""
    return "•" * max(0, len(tax_id) - _SHOWN_OF_TAX_ID) + tax_id[-_SHOWN_OF_TAX_ID:]


@admin.register(Party)
class PartyAdmin(ReadOnlyAdmin):
    """Parties."""

    list_display = ("public_id", "kind", "display_name", "country", "created_at")
    list_filter = (
        choice_filter("kind", _("kind"), PartyKind.values),
        recent_filter("created_at", _("since")),
    )
    search_fields = ("public_id__startswith", "person__phone__exact", "display_name__istartswith")
    search_help_text = _("Public id, phone with country code, or the beginning of the name.")
    ordering = ("-id",)
    readonly_fields = ("owner", "by_law", "payments", "books")
    fields = (
        "public_id",
        "kind",
        "display_name",
        "country",
        "owner",
        "by_law",
        "payments",
        "books",
        "created_at",
        "closed_at",
    )

    @admin.display(description=_("person"))
    def owner(self, party: Party) -> SafeString | str:
        """Lead to who signs in for it."""
        person = Person.objects.filter(party=party).first()
        return record_link("people_person", person.pk, person) if person else "—"

    @admin.display(description=_("legal identity"))
    def by_law(self, party: Party) -> SafeString | str:
        """Lead to the identity."""
        identity = Identity.objects.filter(party=party).first()
        return record_link("people_identity", identity.pk, identity) if identity else "—"

    @admin.display(description=_("payments"))
    def payments(self, party: Party) -> SafeString:
        """Lead to what it paid and was paid."""
        url = reverse("admin:payments_payment_changelist")
        return link(f"{url}?q={party.public_id}", _("Payments of this party"))

    @admin.display(description=_("books"))
    def books(self, party: Party) -> SafeString:
        """Lead to its accounts in the books."""
        url = reverse("admin:payments_ledgeraccount_changelist")
        return link(f"{url}?q={party.public_id}", _("Ledger accounts of this party"))


@admin.register(Person)
class PersonAdmin(ReadOnlyAdmin):
    """Persons; neither password nor PIN is shown in any form."""

    list_display = ("who", "party", "is_active", "is_staff", "created_at")
    list_filter = (
        queue_filter(
            "coerced",
            _("under duress"),
            ("yes", _("yes")),
            lambda rows: rows.filter(pin_device__duress_since__isnull=False),
        ),
        "is_active",
        "is_staff",
        recent_filter("created_at", _("since")),
    )
    list_select_related = ("party",)
    search_fields = ("login__exact", "phone__exact", "party__public_id__exact")
    search_help_text = _("Login, phone with country code, or party.")
    ordering = ("-id",)
    readonly_fields = ("who", "group_names", "pin", "freeze", "coerced", "devices_table")
    fieldsets = (
        (None, {"fields": ("who", "party", "locale", "created_at")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser", "group_names")}),
        (_("Paying"), {"fields": ("pin", "freeze", "coerced")}),
        (_("Devices"), {"fields": ("devices_table",)}),
    )

    def tools(self, record: Person) -> Iterable[Tool]:
        """Offer to freeze, or to lift the freeze of staff; of staff, to change their groups."""
        if record.is_staff:
            url = reverse("staff-groups", args=[record.pk])
            yield Tool(_("Change groups…"), url, "people.appoint_person")
        if record.party_id is None:
            return
        seeing = reverse("staff-reveal", args=[record.pk])
        asking = reverse("staff-limits", args=[record.pk])
        yield Tool(_("Limits: why?"), asking, "payments.view_limitusage")
        yield Tool(_("See in full…"), seeing, "people.reveal_person")
        door, words = "staff-freeze", _("Freeze payments")
        if freeze_state(record).by == FrozenBy.STAFF:
            door, words = "staff-unfreeze", _("Lift the freeze")
        url = reverse(door, args=[record.pk])
        yield Tool(words, url, "people.freeze_person", is_grave=door == "staff-freeze")
        if is_coerced(record):
            url = reverse("staff-lift-duress", args=[record.pk])
            yield Tool(_("They are safe"), url, "people.freeze_person", is_grave=True)

    def trail_term(self, record: Person) -> str:
        """Name a person by their key: an address with their number would be seen and kept."""
        return f"{PERSON_TERM}{record.pk}" if record.party_id else record.login

    @admin.display(description=_("login"), ordering="login")
    def who(self, person: Person) -> str:
        """Show the login; of a phone number only the end."""
        return str(person)

    @admin.display(description=_("groups"))
    def group_names(self, person: Person) -> str:
        """List the groups."""
        return ", ".join(person.groups.order_by("name").values_list("name", flat=True)) or "—"

    @admin.display(description=_("PIN"))
    def pin(self, person: Person) -> str:
        """Say whether one is set and whether it is locked."""
        state = pin_state(person)
        if not state.is_set:
            return str(_("not set"))
        if state.must_reset:
            return str(_("set; has to be reset"))
        if state.locked_until is not None:
            return str(_("set; locked until %(until)s")) % {"until": state.locked_until}
        return str(_("set"))

    @admin.display(description=_("frozen"))
    def freeze(self, person: Person) -> str:
        """Say whether payments are frozen, by whom and since when."""
        state = freeze_state(person)
        if not state.is_frozen:
            return str(_("no"))
        return str(_("by %(who)s since %(at)s")) % {"who": state.by, "at": state.frozen_at}

    @admin.display(description=_("under duress"), boolean=True)
    def coerced(self, person: Person) -> bool:
        """Say whether they were forced to pay, and staff have not spoken with them yet."""
        return is_coerced(person)

    @admin.display(description=_("devices"))
    def devices_table(self, person: Person) -> SafeString:
        """Show the newest devices."""
        rows = [
            (
                record_link("people_device", each.pk, each.public_id),
                each.name,
                each.last_seen_at,
                each.removed_at or "—",
            )
            for each in person.devices.order_by("-id")[:20]
        ]
        return table((_("Device"), _("Name"), _("Last seen"), _("Removed")), rows)


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    """Devices; neither token nor its hash is shown."""

    list_display = ("public_id", "name", "person", "created_at", "last_seen_at", "removed_at")
    list_filter = (recent_filter("last_seen_at", _("seen"), is_wall=True),)
    list_select_related = ("person",)
    search_fields = ("public_id__startswith", "person__login__exact", "key_thumbprint__exact")
    search_help_text = _("Device, login, or thumbprint of its key.")
    ordering = ("-id",)
    exclude = ("token_hash", "public_key")


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    """Verified identities; a tax id is found when it is known, and never shown in full."""

    list_display = ("name_shown", "party", "country", "masked", "tier", "verified_at")
    list_filter = (
        choice_filter("tier", _("tier"), Tier.values),
        recent_filter("verified_at", _("verified")),
    )
    list_select_related = ("party",)
    search_fields = ("party__public_id__exact", "tax_id__exact", "legal_name__istartswith")
    search_help_text = _("Party, whole tax id without punctuation, or the beginning of the name.")
    ordering = ("-id",)
    readonly_fields = ("name_shown", "masked")
    fields = ("name_shown", "party", "country", "masked", "tier", "verified_at")

    @admin.display(description=_("legal name"))
    def name_shown(self, identity: Identity) -> str:
        """Hide a person's surnames; a business's registration is public."""
        return str(identity)

    @admin.display(description=_("tax id"))
    def masked(self, identity: Identity) -> str:
        """Show the end of it."""
        return mask_tax_id(identity.tax_id)


@admin.register(Proof)
class ProofAdmin(ReadOnlyAdmin):
    """Evidence of approvals: who, with what, for which digest."""

    list_display = ("public_id", "person", "method", "device", "made_at", "used_by")
    list_filter = (
        choice_filter("method", _("method"), ProofMethod.values),
        recent_filter("made_at", _("made"), is_wall=True),
    )
    list_select_related = ("person", "device")
    search_fields = ("public_id__startswith", "used_by__exact", "person__login__exact")
    search_help_text = _("Proof, payment, or login.")
    ordering = ("-id",)
    readonly_fields = ("digest_hex",)
    fields = (
        "public_id",
        "person",
        "device",
        "method",
        "passkey",
        "digest_hex",
        "made_at",
        "expires_at",
        "used_at",
        "used_by",
    )

    @admin.display(description=_("digest (SHA-256)"))
    def digest_hex(self, proof: Proof) -> SafeString:
        """Show the digest."""
        return format_html("<code>{}</code>", bytes(proof.digest).hex())


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    """Groups of the staff, as ``manage.py prepare_staff`` wrote them."""

    list_display = ("name", "members")
    search_fields = ("name",)
    ordering = ("name",)
    audit_field = "name"
    readonly_fields = ("members", "rights")
    fields = ("name", "members", "rights")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """Read the members with the groups."""
        rows: QuerySet[Group] = super().get_queryset(request)
        return rows.prefetch_related("user_set")

    @admin.display(description=_("members"))
    def members(self, group: Any) -> str:
        """List who is in it."""
        return ", ".join(sorted(person.login for person in group.user_set.all())) or "—"

    @admin.display(description=_("may"))
    def rights(self, group: Group) -> SafeString:
        """List what it may."""
        found = group.permissions.select_related("content_type").order_by("codename")
        rows = [(f"{each.content_type.app_label}.{each.codename}", each.name) for each in found]
        return table((_("Code"), _("Words")), rows)
