"""The team's side of talk: labels, who looks after what, notes; and what is said by itself."""

from datetime import date
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.api.uploads import limit_passed
from core.errors import Forbidden, NotFound, TrocoError
from merchants.enums import AwayMode, LabelColour
from merchants.portal.access import EDITORS, TALKERS
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.undo import offer
from merchants.queries import desk as queries
from merchants.services import desk
from merchants.services.holidays import MAX_NAME, put_holiday, remove_holiday
from merchants.services.talk_settings import AutomaticWords, Span, change_talk_settings
from messaging.files.uploads import one_file

if TYPE_CHECKING:
    from collections.abc import Callable

DAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)
HOUR = 60
AWAY = (
    (AwayMode.OFF, gettext_lazy("Never")),
    (AwayMode.OUTSIDE_HOURS, gettext_lazy("Outside of the opening hours")),
    (AwayMode.ALWAYS, gettext_lazy("Always, from now on")),
)
COLOURS = (
    (LabelColour.MUTE, gettext_lazy("Grey")),
    (LabelColour.OK, gettext_lazy("Green")),
    (LabelColour.WAIT, gettext_lazy("Amber")),
    (LabelColour.INFO, gettext_lazy("Blue")),
    (LabelColour.BAD, gettext_lazy("Red")),
)


class WordsForm(forms.Form):
    """Greeting, away message and opening hours."""

    greeting = forms.CharField(
        label=gettext_lazy("Greeting"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy(
            "Said to whoever writes for the first time, or after 14 days. Empty: nothing."
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    away_mode = forms.ChoiceField(label=gettext_lazy("Say that nobody answers"), choices=AWAY)
    away = forms.CharField(
        label=gettext_lazy("Away message"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("Said once in a conversation for each absence."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add two moments for each day of the week."""
        super().__init__(*args, **kwargs)
        for number in range(len(DAYS)):
            for end in ("opens", "closes"):
                self.fields[f"{end}_{number}"] = forms.TimeField(
                    required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
                )

    def days(self) -> list[dict[str, Any]]:
        """Return the week's rows for the page."""
        return [
            {"words": words, "opens": self[f"opens_{number}"], "closes": self[f"closes_{number}"]}
            for number, words in enumerate(DAYS)
        ]

    def spans(self) -> list[Span]:
        """Return the hours that were filled in; a closing at midnight is the day's end."""
        found = []
        for number in range(len(DAYS)):
            opens = self.cleaned_data[f"opens_{number}"]
            closes = self.cleaned_data[f"closes_{number}"]
            if opens is None or closes is None:
                continue
            end = closes.hour * HOUR + closes.minute
            found.append(Span(number, opens.hour * HOUR + opens.minute, end or 24 * HOUR))
        return found


class ReplyForm(forms.Form):
    """A quick reply."""

    shortcut = forms.CharField(label=gettext_lazy("Word"), max_length=desk.MAX_SHORTCUT)
    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=desk.MAX_TEXT,
        help_text=gettext_lazy("{name} becomes the customer's name, {shop} yours."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReplyFileForm(ReplyForm):
    """A quick reply, and what goes with it."""

    file = forms.FileField(
        label=gettext_lazy("Picture or PDF"),
        required=False,
        help_text=gettext_lazy(
            "Goes with the text, which then has at most 1024 characters. Without one, what the word"
            " has stays."
        ),
        widget=forms.FileInput(attrs={"accept": "image/*,application/pdf"}),
    )


class LabelForm(forms.Form):
    """A label."""

    name = forms.CharField(label=gettext_lazy("Label"), max_length=desk.MAX_LABEL)
    colour = forms.ChoiceField(label=gettext_lazy("Colour"), choices=COLOURS)


HOLIDAY_IDS = "holiday_%s"
"""Other forms of the page have fields of the same names."""


class HolidayForm(forms.Form):
    """A day on which the shop is closed."""

    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    name = forms.CharField(
        label=gettext_lazy("What for"),
        max_length=MAX_NAME,
        required=False,
        help_text=gettext_lazy("Only your team reads it, such as Carnival."),
    )


class DeskPage(Page):
    """Quick replies, labels, greeting, away, hours and holidays: how the shop talks."""

    section = "inbox"
    roles = TALKERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show them."""
        return self._show(reply=ReplyFileForm(), label=LabelForm(), words=self._words())

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Do what the pressed button says."""
        verb, shop_id = self.request.POST.get("verb", ""), self.seat.shop.id
        if verb == "remove_reply":
            way_back = self._remove_reply(shop_id, self.request.POST.get("shortcut", ""))
        elif verb == "remove_label":
            name = self.request.POST.get("name", "")
            desk.remove_label(shop_id=shop_id, name=name)
            way_back = offer(self, "label_removed", name=name)
        elif verb == "remove_holiday":
            way_back = self._open_again()
        elif verb == "holiday":
            return self._close_on()
        elif verb == "strip_reply":
            way_back = self._strip()
        elif verb == "label":
            return self._keep("label", LabelForm(self.request.POST), desk.put_label)
        else:
            return self._set_words()
        self.done(_("Removed."), way_back)
        return self.go("desk")

    def _strip(self) -> str:
        """Take the file away from a quick reply, which keeps its text; there is no way back."""
        shop_id, word = self.seat.shop.id, self.request.POST.get("shortcut", "").casefold()
        text = {each.shortcut: each.text for each in queries.quick_replies(shop_id)}.get(word)
        if text is None:
            raise NotFound
        desk.put_quick_reply(shop_id=shop_id, shortcut=word, text=text, media_id=None)
        return ""

    def _remove_reply(self, shop_id: int, shortcut: str) -> str:
        """Forget a quick reply, and offer to keep it again."""
        text, file = desk.remove_quick_reply(shop_id=shop_id, shortcut=shortcut)
        return offer(self, "reply_removed", shortcut=shortcut.casefold(), text=text, file=file)

    def _keep(self, name: str, form: forms.Form, service: Any) -> HttpResponse:
        if form.is_valid():
            try:
                service(shop_id=self.seat.shop.id, **form.cleaned_data)
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                self.done(_("Saved."))
                return self.go("desk")
        empty: dict[str, Any] = {
            "reply": ReplyFileForm(),
            "label": LabelForm(),
            "words": self._words(),
        }
        return self._show(**{**empty, name: form}, http_status=REFUSED)

    def _open_again(self) -> str:
        """Take a holiday away, and offer to keep it again."""
        if not self.seat.may_edit:
            raise Forbidden
        try:
            day = date.fromisoformat(self.request.POST.get("day", ""))
        except ValueError:
            raise NotFound from None
        name = remove_holiday(shop_id=self.seat.shop.id, actor=self.seat.person, day=day)
        return offer(self, "holiday_removed", day=day.isoformat(), name=name)

    def _close_on(self) -> HttpResponse:
        """Keep a holiday."""
        if not self.seat.may_edit:
            raise Forbidden
        form = HolidayForm(self.request.POST, auto_id=HOLIDAY_IDS)
        if form.is_valid():
            shop_id, person = self.seat.shop.id, self.seat.person
            try:
                put_holiday(shop_id=shop_id, actor=person, **form.cleaned_data)
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                self.done(_("Saved."))
                return self.go("desk")
        forms_now: dict[str, Any] = {"reply": ReplyFileForm(), "label": LabelForm()}
        return self._show(**forms_now, words=self._words(), holiday=form, http_status=REFUSED)

    def _set_words(self) -> HttpResponse:
        if self.seat.membership.role not in EDITORS:
            return self.go("desk")
        form = WordsForm(self.request.POST)
        if form.is_valid():
            said = AutomaticWords(
                greeting=form.cleaned_data["greeting"],
                away_mode=form.cleaned_data["away_mode"],
                away=form.cleaned_data["away"],
                hours=form.spans(),
            )
            try:
                change_talk_settings(shop_id=self.seat.shop.id, words=said)
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                self.done(_("Saved."))
                return self.go("desk")
        return self._show(reply=ReplyFileForm(), label=LabelForm(), words=form, http_status=REFUSED)

    def _words(self) -> WordsForm:
        known = queries.automatic_words(self.seat.shop.id)
        initial: dict[str, Any] = {
            "greeting": known.greeting,
            "away_mode": known.away_mode,
            "away": known.away,
        }
        for span in known.hours:
            initial[f"opens_{span.weekday}"] = _clock(span.opens_minute)
            initial[f"closes_{span.weekday}"] = _clock(span.closes_minute)
        return WordsForm(initial=initial)

    def _show(
        self,
        *,
        reply: forms.Form,
        label: forms.Form,
        words: WordsForm,
        holiday: forms.Form | None = None,
        http_status: int = 200,
    ) -> HttpResponse:
        shop_id = self.seat.shop.id
        shut = holiday or HolidayForm(auto_id=HOLIDAY_IDS)
        context = {
            "replies": queries.quick_replies(shop_id),
            "labels": queries.labels(shop_id),
            "reply_form": reply,
            "label_form": label,
            "words_form": words if self.seat.may_edit else None,
            "holiday_form": shut if self.seat.may_edit else None,
            "holidays": queries.holidays_of(shop_id),
        }
        return self.page("desk.html", context, http_status=http_status)


class KeepReply(DeskPage):
    """Keeps a quick reply; a path of its own, since a form may be large here."""

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Lead to the page that the form is of."""
        return self.go("desk")

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the text, and the file where one was chosen."""
        form = ReplyFileForm(request.POST, request.FILES)
        return self._keep("reply", form, self._put)

    def _put(self, *, shop_id: int, shortcut: str, text: str, file: object) -> None:
        media_id: str | None = desk.KEPT
        # A file that was too large is not there at all, and is told nevertheless.
        if file or limit_passed(self.request) is not None:
            sent = one_file(self.request, self.request.FILES.getlist("file"))
            media_id = desk.keep_reply_file(
                shop_id=shop_id, file=cast("BinaryIO", sent.file), filename=sent.name or ""
            )
        desk.put_quick_reply(shop_id=shop_id, shortcut=shortcut, text=text, media_id=media_id)


class MarkTalk(Page):
    """Changes what the team knows of a conversation."""

    section = "inbox"
    roles = TALKERS

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Do what the pressed button says, and show the conversation again."""
        about: dict[str, Any] = {"shop_id": self.seat.shop.id, "conversation_id": public_id}
        said, person = request.POST, self.seat.person
        label, login = said.get("label", ""), said.get("login") or None
        acts: dict[str, Callable[[], Any]] = {
            "stick": lambda: desk.stick_label(**about, name=label),
            "peel": lambda: desk.peel_label(**about, name=label),
            "assign": lambda: desk.assign_talk(**about, actor=person, login=login),
            "note": lambda: desk.add_note(**about, author=person, text=said.get("text", "")),
        }
        verb = said.get("verb", "")
        act = acts.get(verb)
        if act is None:
            raise NotFound
        try:
            done = act()
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        else:
            if verb == "assign":
                self._tell_assigned(public_id, done, login)
            elif verb != "note":
                tell_label(self, public_id, label, is_on=verb == "stick", is_new=bool(done))
        return self.go("conversation", public_id)

    def _tell_assigned(self, talk: str, held: str | None, login: str | None) -> None:
        """Say who looks after a conversation; where it was somebody else, there is a way back."""
        is_new = held != login
        way_back = offer(self, "assignment", talk=talk, login=held, to=login) if is_new else ""
        self.done(_("Assigned."), way_back)


def tell_label(page: Page, talk: str, name: str, *, is_on: bool, is_new: bool) -> None:
    """Say that a label was put on or taken off; where it was not so before, there is a way back."""
    words = _("Put on: %(name)s") if is_on else _("Taken off: %(name)s")
    facts: dict[str, Any] = {"talk": talk, "name": name, "is_on": is_on}
    page.done(words % {"name": name}, offer(page, "label", **facts) if is_new else "")


def _clock(minute: int) -> str:
    """Write a minute of the day for a field; the day's end is written as its beginning."""
    return f"{minute // HOUR % 24:02d}:{minute % HOUR:02d}"
