"""What banks told by themselves: reasons to ask them, never facts."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, recent_filter
from payments.models import BankCallback


@admin.register(BankCallback)
class BankCallbackAdmin(ReadOnlyAdmin):
    """Signed messages that were listened to, the newest first."""

    list_display = ("message_id", "kind", "bank", "about", "received_at")
    list_filter = (recent_filter("received_at", _("received")),)
    search_fields = ("message_id__exact", "about__exact")
    search_help_text = _("The message's id, or the instruction or file it is about.")
    ordering = ("-id",)
    audit_field = "message_id"
    fields = ("message_id", "kind", "bank", "about", "sent_at", "received_at")
