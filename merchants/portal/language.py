"""The language of the pages: chosen by whoever reads them, signed in or not."""

from contextlib import suppress
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.views import View

from core.errors import Unauthenticated
from merchants.portal.access import signed_in_person
from merchants.portal.pages import safe_next, see_other
from people.phones import with_country_code
from people.services.profiles import change_profile

YEAR_SECONDS: Final = 365 * 24 * 3600
_HOMES: Final = {"pt-br": "BR", "bn": "BD"}


def dialled(text: str) -> str:
    """Return a number with the code of the country whose language is read, if it lacks one."""
    return with_country_code(text, _HOMES.get(get_language() or "", ""))


class ChooseLanguage(View):
    """Remembers a language in the browser, and for whoever is signed in."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep it; a language that is not spoken here changes nothing."""
        answer = see_other(safe_next(request, reverse("portal:overview")))
        language = request.POST.get("language", "")
        if language not in dict(settings.LANGUAGES):
            return answer
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR_SECONDS,
            secure=settings.SECURE,
            httponly=True,
            samesite="Lax",
        )
        with suppress(Unauthenticated):
            change_profile(person=signed_in_person(request), locale=language)
        return answer
