"""What the reviewers of the shop want, and the owner's answer."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import TrocoError
from merchants.enums import ReviewState
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.queries.review_words import REASONS, STATES
from merchants.queries.reviews import ReviewNotice, review_notice
from merchants.services.reviews import LONGEST_ANSWER, answer_review


class AnswerForm(forms.Form):
    """What the owner tells the reviewers."""

    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class ReviewPage(Page):
    """The review of the shop: how it stands, what is asked, and the owner's answer."""

    section = "settings"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self._show(AnswerForm())

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Take the owner's answer."""
        if not self.seat.may_edit:
            return self._show(AnswerForm(), http_status=403)
        form = AnswerForm(self.request.POST)
        if form.is_valid():
            try:
                answer_review(
                    shop_id=self.seat.shop.id,
                    actor=self.seat.person,
                    text=form.cleaned_data["text"],
                )
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                self.done(_("Your answer is with the reviewers."))
                return self.go("review")
        return self._show(form, http_status=REFUSED)

    def _show(self, form: AnswerForm, *, http_status: int = 200) -> HttpResponse:
        found = review_notice(self.seat.shop.id)
        is_asked = found is not None and found.state == ReviewState.ASKED
        context = {
            "review": _told(found),
            "form": form if is_asked and self.seat.may_edit else None,
        }
        return self.page("review.html", context, http_status=http_status)


def review_notices(shop_id: int) -> list[dict[str, Any]]:
    """Return what the shop's first page says of its review; nothing once it is approved."""
    found = review_notice(shop_id)
    if found is None or found.state not in STATES:
        return []
    is_bad = found.state in {ReviewState.ASKED, ReviewState.REJECTED}
    return [
        {
            "tone": "bad" if is_bad else "info",
            "title": _("Payouts wait for the review of your shop"),
            "text": STATES[found.state],
            "href": reverse("portal:review"),
            "action": _("See the review"),
        }
    ]


def _told(found: ReviewNotice | None) -> dict[str, Any]:
    if found is None or found.state not in STATES:
        return {"words": _("Your shop is approved: its sales are paid out."), "reasons": []}
    return {
        "words": STATES[found.state],
        "reasons": [REASONS.get(code, code) for code in found.reasons],
        "more": found.words,
        "answer": found.answer,
        "moved_at": found.moved_at,
    }
