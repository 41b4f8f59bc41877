"""Reviewing shops on the staff's site: the queue, all that is known of one, and the decisions."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    Act,
    Fact,
    ReadOnlyAdmin,
    ReadOnlyInline,
    ReasonForm,
    Tool,
    choice_filter,
    link,
    recent_filter,
    state_words,
    table,
)
from merchants.admin.known import known_rows
from merchants.enums import ReviewReason, ReviewRisk, ReviewState
from merchants.models import ReviewMove, Shop, ShopReview
from merchants.queries.review_words import CAUSES, REASONS
from merchants.queries.reviews import WAITING, review_facts
from merchants.services.reviews import (
    approve_review,
    ask_more,
    note_looked,
    reject_review,
    reopen_review,
)
from merchants.states import REVIEW

_MAY = "merchants.review_shop"


class ReviewStateFilter(choice_filter("state", _("state"), ReviewState.values)):  # type: ignore[misc]
    """By state; ``waiting`` is what a reviewer has to look at."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer the states, and the group that waits."""
        found: list[tuple[str, Any]] = super().lookups(request, model_admin)
        return [("waiting", _("waiting for a reviewer")), *found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """Narrow the list."""
        if self.value() == "waiting":
            return queryset.filter(state__in=WAITING)
        found: QuerySet[Model] = super().queryset(request, queryset)
        return found


class ReviewMoveInline(ReadOnlyInline):
    """The review's history."""

    model = ReviewMove
    fields = ("from_state", "to_state", "at", "by", "reason")
    ordering = ("id",)


@admin.register(ShopReview)
class ShopReviewAdmin(ReadOnlyAdmin):
    """Reviews of shops; every opening of one is in the audit trail."""

    list_display = ("public_id", "shop", "colour", "risk_words", "why", "opened_at", "moved_at")
    list_filter = (
        ReviewStateFilter,
        choice_filter("risk", _("risk"), ReviewRisk.values),
        recent_filter("opened_at", _("opened")),
    )
    list_select_related = ("shop",)
    search_fields = ("public_id__startswith", "shop__public_id__exact", "shop__slug__startswith")
    search_help_text = _("Review, shop, or the beginning of its name for links.")
    ordering = ("-id",)
    readonly_fields = ("colour", "risk_words", "why", "known", "because", "shops_answer")
    fieldsets = (
        (None, {"fields": ("public_id", "shop", "colour", "risk_words", "why", "opened_at")}),
        (_("What is known"), {"fields": ("known",)}),
        (_("What was asked, and the answer"), {"fields": ("because", "words", "shops_answer")}),
        (_("Decided"), {"fields": ("decided_by", "checked_by", "moved_at")}),
    )
    inlines = (ReviewMoveInline,)

    def tools(self, review: ShopReview) -> Iterable[Tool]:
        """Offer what may follow, and the next one of the queue."""
        here = [review.public_id]
        for state, words, is_grave in (
            (ReviewState.APPROVED, _("Approve…"), False),
            (ReviewState.ASKED, _("Ask for more…"), False),
            (ReviewState.REJECTED, _("Refuse…"), True),
        ):
            if REVIEW.allows(review.state, state):
                yield Tool(words, reverse(f"staff-review-{state}", args=here), _MAY, is_grave)
        yield Tool(_("Next one"), reverse("staff-review-next", args=here), _MAY)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a review, and note who looked."""
        review = self.get_object(request, object_id)
        if review is not None and self.has_view_permission(request, review):
            staff: Any = request.user
            note_looked(staff=staff, review_id=review.public_id)
        return super().change_view(request, object_id, form_url, extra_context)

    @admin.display(description=_("state"))
    def colour(self, review: ShopReview) -> SafeString:
        """Show the state."""
        return state_words(review.state)

    @admin.display(description=_("risk"))
    def risk_words(self, review: ShopReview) -> SafeString:
        """Show the risk; a high one takes two reviewers."""
        return state_words(f"{review.risk}_risk")

    @admin.display(description=_("opened because"))
    def why(self, review: ShopReview) -> object:
        """Say what it was opened for."""
        return CAUSES.get(review.cause, review.cause)

    @admin.display(description=_("facts"))
    def known(self, review: ShopReview) -> SafeString:
        """Show all that the house knows, and what of it does not fit."""
        rows = known_rows(review_facts(review.shop_id))
        return table((_("What"), _("Known"), _("Look")), rows)

    @admin.display(description=_("reasons"))
    def because(self, review: ShopReview) -> SafeString | str:
        """List the reasons in the shop's words."""
        found = ((REASONS.get(code, code),) for code in review.reasons)
        return format_html_join("", "<div>{}</div>", found) or "—"

    @admin.display(description=_("the shop's answer"))
    def shops_answer(self, review: ShopReview) -> str:
        """Show what the owner wrote."""
        return review.answer or "—"


class _ReviewAct(Act):
    """One decision about one review."""

    permission = _MAY
    review: ShopReview
    goes_to: ClassVar[ReviewState]

    def find(self) -> None:
        """Load the review."""
        rows = ShopReview.objects.select_related("shop")
        found = rows.filter(public_id=self.kwargs["review_id"]).first()
        if found is None:
            raise Http404
        self.review = found

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show it, and note who looked: the same stands here as on the review's page."""
        staff: Any = request.user
        note_looked(staff=staff, review_id=self.review.public_id)
        return super().get(request, **kwargs)

    def facts(self) -> list[Fact]:
        """Show what is known, once more before the button."""
        rows = known_rows(review_facts(self.review.shop_id))
        return [
            Fact(_("Shop"), self.review.shop),
            Fact(_("State"), state_words(self.review.state)),
            Fact(_("Risk"), state_words(f"{self.review.risk}_risk")),
            Fact(_("Known"), table((_("What"), _("Known"), _("Look")), rows)),
            Fact(_("The shop's answer"), self.review.answer or "—"),
        ]

    def back(self) -> str:
        """Return to the review."""
        return reverse("admin:merchants_shopreview_change", args=[self.review.pk])


class ApproveForm(ReasonForm):
    """How risky the reviewer finds it, and why it may be paid out."""

    field_order = ("risk", "reason")

    risk = forms.ChoiceField(
        label=_("Risk"),
        widget=forms.RadioSelect,
        choices=[
            (ReviewRisk.LOW, _("Low: you decide alone")),
            (ReviewRisk.HIGH, _("High: a second reviewer has to agree")),
        ],
        help_text=_("What the rule found to be high stays high."),
    )


class ApproveReview(_ReviewAct):
    """The shop may be paid out."""

    title = _("Approve a shop")
    words = _("Its sales are paid out from the next cutoff on.")
    button = _("Approve")
    form_class = ApproveForm

    def starting(self) -> dict[str, Any]:
        """Start with the risk that was found."""
        return {"risk": self.review.risk}

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Approve, or ask the second reviewer."""
        done = approve_review(
            staff=staff,
            review_id=self.review.public_id,
            risk=answers["risk"],
            reason=answers["reason"],
        )
        if isinstance(done, ShopReview):
            return gettext("The shop is approved.")
        return gettext("A second reviewer has to agree now.")


class ReasonsForm(forms.Form):
    """Reasons from the list, and what else the owner should read."""

    reasons = forms.MultipleChoiceField(
        label=_("Reasons"),
        choices=[(code.value, REASONS[code]) for code in ReviewReason],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The owner reads these sentences in the language of their portal."),
    )
    words = forms.CharField(
        label=_("What else the owner should read"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AskMore(_ReviewAct):
    """The shop has to tell more first."""

    title = _("Ask a shop for more")
    words = _("The owner reads it in the portal and answers there; payouts wait.")
    button = _("Ask")
    form_class = ReasonsForm

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Ask."""
        ask_more(staff=staff, review_id=self.review.public_id, **answers)
        return gettext("The shop is asked.")


class RejectReview(_ReviewAct):
    """The shop is refused."""

    title = _("Refuse a shop")
    words = _("It stays unpaid. The owner reads the reasons; what was sold stays owed to it.")
    button = _("Refuse")
    is_grave = True
    form_class = ReasonsForm

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Refuse."""
        reject_review(staff=staff, review_id=self.review.public_id, **answers)
        return gettext("The shop is refused.")


class ReopenReview(Act):
    """Look at a shop again."""

    permission = _MAY
    title = _("Review a shop again")
    words = _("Nothing more is paid out to it until it is approved anew.")
    button = _("Stop payouts and review")
    is_grave = True
    shop: Shop

    def find(self) -> None:
        """Load the shop."""
        found = Shop.objects.filter(public_id=self.kwargs["shop_id"]).first()
        if found is None:
            raise Http404
        self.shop = found

    def facts(self) -> list[Fact]:
        """Show which shop it is."""
        reviews = reverse("admin:merchants_shopreview_changelist")
        before = link(f"{reviews}?q={self.shop.public_id}", _("Reviews so far"))
        return [Fact(_("Shop"), self.shop), Fact(_("Before"), before)]

    def back(self) -> str:
        """Return to the shop."""
        return reverse("admin:merchants_shop_change", args=[self.shop.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Open the review."""
        reopen_review(staff=staff, shop_id=self.shop.public_id, reason=answers["reason"])
        return gettext("The review is open and payouts are stopped.")


def next_review(request: HttpRequest, review_id: str) -> HttpResponse:
    """Go to the review that has waited longest, this one aside; to the queue when there is none."""
    rows = ShopReview.objects.filter(state__in=WAITING).exclude(public_id=review_id)
    found = rows.order_by("id").values_list("pk", flat=True).first()
    if found is None or not request.user.has_perm(_MAY):
        return HttpResponseRedirect(reverse("admin:merchants_shopreview_changelist"))
    return HttpResponseRedirect(reverse("admin:merchants_shopreview_change", args=[found]))
