"""People in the staff's admin: to read and to search, never to write."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin
from people.models import AuditEntry, Device, Identity, Party, Person


@admin.register(Party)
class PartyAdmin(ReadOnlyAdmin):
    """Parties."""

    list_display = ("public_id", "kind", "display_name", "country", "created_at")
    list_filter = ("kind", "country")
    search_fields = ("public_id", "display_name")
    ordering = ("-id",)


@admin.register(Person)
class PersonAdmin(ReadOnlyAdmin):
    """Persons; the hashed password is not shown."""

    list_display = ("login", "party", "is_active", "is_staff", "created_at")
    list_filter = ("is_active", "is_staff")
    list_select_related = ("party",)
    search_fields = ("login", "phone", "party__public_id")
    exclude = ("password",)
    ordering = ("-id",)


@admin.register(Device)
class DeviceAdmin(ReadOnlyAdmin):
    """Devices; the hashed token is not shown."""

    list_display = ("public_id", "name", "person", "created_at", "last_seen_at", "removed_at")
    list_select_related = ("person",)
    search_fields = ("public_id", "person__login")
    exclude = ("token_hash",)
    ordering = ("-id",)


@admin.register(Identity)
class IdentityAdmin(ReadOnlyAdmin):
    """Verified identities."""

    list_display = ("legal_name", "party", "country", "tier", "verified_at")
    list_filter = ("country", "tier")
    list_select_related = ("party",)
    search_fields = ("legal_name", "tax_id", "party__public_id")
    ordering = ("-id",)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """The audit trail, newest first."""

    list_display = ("id", "at", "actor_login", "action", "object_ref", "reason", "place")
    list_filter = ("action",)
    search_fields = ("actor_login", "action", "object_ref", "reason")
    ordering = ("-id",)

    @admin.display(description="chain", ordering="seq")
    def place(self, entry: AuditEntry) -> str:
        """Show the place in the chain and the beginning of the hash."""
        if entry.seq is None or entry.hash is None:
            return "…"
        return f"{entry.seq} · {bytes(entry.hash).hex()[:12]}"
