"""What keeps people safe, on the staff's site: freezes, passkeys, recoveries."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, choice_filter, recent_filter
from people.enums import FrozenBy, RecoveryEnd
from people.models import Freeze, Passkey, PinRecovery


@admin.register(Freeze)
class FreezeAdmin(ReadOnlyAdmin):
    """When somebody's payments were frozen, by whom and why."""

    list_display = ("public_id", "person", "by", "frozen_at", "lifted_at")
    list_filter = (
        choice_filter("by", _("frozen by"), FrozenBy.values),
        recent_filter("frozen_at", _("frozen")),
    )
    list_select_related = ("person",)
    search_fields = ("public_id__startswith", "person__login__exact")
    search_help_text = _("Freeze or login.")
    ordering = ("-id",)
    fields = ("public_id", "person", "by", "device", "staff", "reason", "frozen_at", "lifted_at")


@admin.register(Passkey)
class PasskeyAdmin(ReadOnlyAdmin):
    """Passkeys; a public key proves nothing, and is not shown all the same."""

    list_display = ("public_id", "user", "name", "created_at", "last_used_at", "removed_at")
    list_filter = (recent_filter("created_at", _("added")),)
    list_select_related = ("user",)
    search_fields = ("public_id__startswith", "user__login__exact")
    search_help_text = _("Passkey or login.")
    ordering = ("-id",)
    fields = (
        "public_id",
        "user",
        "name",
        "is_synced",
        "sign_count",
        "failures",
        "created_at",
        "last_used_at",
        "removed_at",
    )


@admin.register(PinRecovery)
class PinRecoveryAdmin(ReadOnlyAdmin):
    """Who waits, or waited, for a new PIN; staff neither shorten the wait nor see the PIN."""

    list_display = ("public_id", "person", "is_verified", "started_at", "ready_at", "end")
    list_filter = (
        choice_filter("end", _("ended"), RecoveryEnd.values),
        recent_filter("started_at", _("started")),
    )
    list_select_related = ("person",)
    search_fields = ("public_id__startswith", "person__login__exact")
    search_help_text = _("Recovery or login.")
    ordering = ("-id",)
    fields = (
        "public_id",
        "person",
        "device",
        "is_verified",
        "source_ref",
        "started_at",
        "ready_at",
        "expires_at",
        "ended_at",
        "end",
    )
