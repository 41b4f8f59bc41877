"""Statements by mail on the staff's site: who gets them, and how each month's mail went.

Addresses are masked, as persons are; whoever holds a bounced mail finds its address by typing it.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    Act,
    Fact,
    ReadOnlyAdmin,
    Tool,
    link,
    queue_filter,
    recent_filter,
    state_words,
)
from merchants.models import StatementMail, StatementMailing
from merchants.services.statement_mails import end_mail_by_staff

_MAY_END = "merchants.end_statementmail"


@admin.register(StatementMail)
class StatementMailAdmin(ReadOnlyAdmin):
    """Who of shops' teams gets the statement of each month by mail."""

    list_display = ("public_id", "shop", "person", "masked", "colour", "asked_at", "ended_at")
    list_filter = (
        queue_filter(
            "going",
            _("going out"),
            ("yes", _("Confirmed, not ended")),
            lambda rows: rows.filter(ended_at__isnull=True, confirmed_at__isnull=False),
        ),
        queue_filter(
            "unconfirmed",
            _("confirmed"),
            ("yes", _("Not confirmed yet")),
            lambda rows: rows.filter(ended_at__isnull=True, confirmed_at__isnull=True),
        ),
        recent_filter("asked_at", _("asked"), is_wall=True),
    )
    list_select_related = ("shop", "person")
    search_fields = (
        "public_id__startswith",
        "shop__public_id__exact",
        "person__login__exact",
        "address__iexact",
    )
    search_help_text = _("Mail, shop, login, or the whole address.")
    ordering = ("-id",)
    readonly_fields = ("masked", "colour", "log")
    fields = (
        "public_id",
        "shop",
        "person",
        "chosen_by",
        "masked",
        "formats",
        "colour",
        "asked_at",
        "confirmed_at",
        "ended_at",
        "log",
    )

    def get_queryset(self, request: Any) -> Any:
        """Leave the hash of the link where it is."""
        return super().get_queryset(request).defer("token_hash")

    def tools(self, mail: StatementMail) -> Iterable[Tool]:
        """A living one can be ended."""
        if mail.ended_at is None:
            url = reverse("staff-statement-mail-ended", args=[mail.public_id])
            yield Tool(_("End these mails…"), url, _MAY_END, is_grave=True)

    def trail_term(self, record: StatementMail) -> str:
        """Its entries stand under the shop."""
        return record.shop.public_id

    @admin.display(description=_("address"))
    def masked(self, mail: StatementMail) -> str:
        """Show enough to tell addresses apart."""
        return mail.masked_address

    @admin.display(description=_("standing"))
    def colour(self, mail: StatementMail) -> SafeString:
        """Show whether mails go out."""
        if mail.ended_at is not None:
            return state_words("ended")
        return state_words("live" if mail.confirmed_at else "waiting")

    @admin.display(description=_("log"))
    def log(self, mail: StatementMail) -> SafeString:
        """Lead to what was sent."""
        url = reverse("admin:merchants_statementmailing_changelist")
        return link(f"{url}?q={mail.public_id}", _("Mails sent"))


@admin.register(StatementMailing)
class StatementMailingAdmin(ReadOnlyAdmin):
    """Mails of months: owed, sent, or given up."""

    list_display = ("mail", "shop", "first_day", "masked", "colour", "tries", "owed_at", "sent_at")
    list_filter = (
        queue_filter(
            "failed",
            _("failed"),
            ("yes", _("Tried, and not sent")),
            lambda rows: rows.filter(sent_at__isnull=True, tries__gt=0),
        ),
        queue_filter(
            "owed",
            _("owed"),
            ("yes", _("To be sent")),
            lambda rows: rows.filter(sent_at__isnull=True, given_up_at__isnull=True),
        ),
        recent_filter("owed_at", _("owed"), is_wall=True),
    )
    list_select_related = ("mail", "shop")
    search_fields = (
        "mail__public_id__exact",
        "shop__public_id__exact",
        "person__login__exact",
        "mail__address__iexact",
    )
    search_help_text = _("Mail, shop, login, or the whole address.")
    ordering = ("-id",)
    readonly_fields = ("masked", "colour")
    fields = (
        "mail",
        "shop",
        "person",
        "masked",
        "first_day",
        "last_day",
        "colour",
        "tries",
        "owed_at",
        "due_at",
        "begun_at",
        "sent_at",
        "given_up_at",
    )

    def get_queryset(self, request: Any) -> Any:
        """Leave the hash of the link where it is."""
        return super().get_queryset(request).defer("mail__token_hash")

    def trail_term(self, record: StatementMailing) -> str:
        """Entries stand under the shop."""
        return record.shop.public_id

    @admin.display(description=_("address"))
    def masked(self, mailing: StatementMailing) -> str:
        """Show enough to tell addresses apart."""
        return mailing.mail.masked_address

    @admin.display(description=_("state"))
    def colour(self, mailing: StatementMailing) -> SafeString:
        """Show how it went; of what was begun and not noted it is not known."""
        if mailing.sent_at is not None:
            return state_words("sent")
        if mailing.given_up_at is not None:
            return state_words("failed" if mailing.tries else "not_wanted")
        if mailing.begun_at is not None:
            return state_words("unknown")
        return state_words("trying_again" if mailing.tries else "waiting")


class EndStatementMail(Act):
    """Nobody is mailed there any more."""

    permission = _MAY_END
    title = _("End statements by mail")
    words = _("No more goes to this address. The member can ask for mails again in the portal.")
    button = _("End the mails")
    is_grave = True
    mail: StatementMail

    def find(self) -> None:
        """Load it."""
        rows = StatementMail.objects.select_related("shop", "person")
        found = rows.filter(public_id=self.kwargs["mail_id"], ended_at__isnull=True).first()
        if found is None:
            raise Http404
        self.mail = found

    def facts(self) -> list[Fact]:
        """Show which it is."""
        return [
            Fact(_("Shop"), self.mail.shop),
            Fact(_("Person"), self.mail.person),
            Fact(_("Address"), self.mail.masked_address),
        ]

    def back(self) -> str:
        """Return to it."""
        return reverse("admin:merchants_statementmail_change", args=[self.mail.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """End it."""
        end_mail_by_staff(staff=staff, mail_id=self.mail.public_id, reason=answers["reason"])
        return gettext("The mails are ended.")
