"""What the reviewers of the shop want, and the owner's answer."""

from typing import Any, BinaryIO, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import TrocoError
from merchants.enums import ReviewState
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.queries.review_words import PAPERS, REASONS, STATES, state_sentence
from merchants.queries.reviews import UNDECIDED, ReviewNotice, papers_of, review_notice
from merchants.services.review_documents import send_document
from merchants.services.reviews import LONGEST_ANSWER, answer_review


class AnswerForm(forms.Form):
    """What the owner tells the reviewers."""

    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class PaperFileForm(forms.Form):
    """A paper for the reviewers, of a kind that was said before."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("A PDF, or a picture: JPEG, PNG or WebP. At most 5 MB."),
    )


class PaperForm(PaperFileForm):
    """A paper for the reviewers."""

    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=list(PAPERS.items()))
    field_order = ("kind", "file")


class ReviewPage(Page):
    """The review of the shop: how it stands, what is asked, and the owner's answer."""

    section = "settings"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it."""
        return self._show(AnswerForm())

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Take the owner's answer."""
        if not self.seat.is_owner:
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

    def _show(
        self, form: AnswerForm, *, paper: PaperForm | None = None, http_status: int = 200
    ) -> HttpResponse:
        found = review_notice(self.seat.shop.id)
        is_asked = found is not None and found.state == ReviewState.ASKED
        is_open = found is not None and found.state in UNDECIDED
        context = {
            "review": _told(found),
            "form": form if is_asked and self.seat.is_owner else None,
            "papers": [
                {"kind": PAPERS[each.kind], "name": each.name, "at": each.sent_at}
                for each in papers_of(self.seat.shop.id)
            ],
            "paper_form": (paper or PaperForm()) if is_open and self.seat.is_owner else None,
        }
        return self.page("review.html", context, http_status=http_status)


class SendPaper(ReviewPage):
    """Takes in a paper for the reviewers; a path of its own, since a form may be large here."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Lead to the review: there is nothing else to see here."""
        return self.go("review")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Hand it to the reviewers."""
        if not self.seat.is_owner:
            return self._show(AnswerForm(), http_status=403)
        form = PaperForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                send_document(
                    shop_id=self.seat.shop.id,
                    actor=self.seat.person,
                    kind=form.cleaned_data["kind"],
                    name=(file.name or "")[:100],
                    file=cast("BinaryIO", file.file),
                )
            except TrocoError as refused:
                form.add_error("file", reason_of(refused))
            else:
                self.done(_("Your paper is with the reviewers."))
                return self.go("review")
        return self._show(AnswerForm(), paper=form, http_status=REFUSED)


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
            "text": state_sentence(found.state, found.cause),
            "href": reverse("portal:review"),
            "action": _("See the review"),
        }
    ]


def _told(found: ReviewNotice | None) -> dict[str, Any]:
    if found is None or found.state not in STATES:
        return {"words": _("Your shop is approved: its sales are paid out."), "reasons": []}
    return {
        "words": state_sentence(found.state, found.cause),
        "reasons": [REASONS.get(code, code) for code in found.reasons],
        "more": found.words,
        "answer": found.answer,
        "moved_at": found.moved_at,
    }
