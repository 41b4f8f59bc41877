"""Conversations on the staff's site: who talks with whom and when, never what is said."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, choice_filter, recent_filter, record_link, table
from messaging.enums import ConversationKind
from messaging.models import Conversation


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    """Metadata only: what people write to each other is theirs."""

    list_display = ("public_id", "kind", "low_party", "high_party", "last_seq", "last_at")
    list_filter = (
        choice_filter("kind", _("kind"), ConversationKind.values),
        recent_filter("last_at", _("last message")),
    )
    list_select_related = ("low_party", "high_party")
    search_fields = ("public_id__startswith", "members__party__public_id__exact")
    search_help_text = _("Conversation or party.")
    ordering = ("-id",)
    readonly_fields = ("markers",)
    fields = ("public_id", "kind", "last_seq", "last_at", "created_at", "markers")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        """Leave titles alone: people wrote them."""
        rows: QuerySet[Conversation] = super().get_queryset(request)
        return rows.defer("title")

    @admin.display(description=_("members"))
    def markers(self, conversation: Conversation) -> SafeString:
        """Show who takes part, and how far each has read."""
        rows = [
            (
                record_link("people_party", each.party_id, each.party),
                each.role if each.left_seq is None else _("has left"),
                each.joined_at,
                each.delivered_seq,
                each.read_seq,
            )
            for each in conversation.members.select_related("party").order_by("id")[:100]
        ]
        return table(
            (_("Party"), _("Role"), _("Since"), _("Delivered up to"), _("Read up to")), rows
        )
