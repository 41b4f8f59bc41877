"""What keeps people safe, on the staff's site: freezes."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin import ReadOnlyAdmin, choice_filter, recent_filter
from people.enums import FrozenBy
from people.models import Freeze


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
