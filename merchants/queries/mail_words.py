"""The words of mails, each in the language of whoever gets it. No amount stands in one."""

from collections.abc import Mapping

from babel.dates import format_skeleton
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from merchants.codes.letters import Letter
from merchants.models import StatementMailing


def confirmation_mail(shop_name: str, url: str, language: str) -> Letter:
    """Return the mail that asks whether somebody wants the statements of each month."""
    with translation.override((language or "en").lower()):
        words = [
            _(
                "Somebody of the team of “%(shop)s” wants the statement of each month"
                " to be told to this address."
            )
            % {"shop": shop_name},
            _("Sign in and confirm it within 24 hours:"),
            url,
            _("If you know nothing of it, do nothing: no other mail comes."),
        ]
        return Letter(_("Confirm your address for statements"), "\n\n".join(words) + "\n")


def statement_mail(mailing: StatementMailing, jobs: Mapping[str, str]) -> Letter:
    """Return the mail that tells of a month's statement.

    Args:
        mailing: With its shop and its person.
        jobs: For each kind of file the public id of the work that made it.
    """
    shop, language = mailing.shop, mailing.person.locale or "en"
    base = f"{settings.TROCO_PUBLIC_URL}/portal/of/{shop.public_id}"
    with translation.override(language.lower()):
        month = format_skeleton("yMMMM", mailing.first_day, locale=_locale(language))
        about = {"shop": shop.name, "month": month}
        links = [f"{file.upper()}: {base}/jobs/{job}" for file, job in sorted(jobs.items())]
        words = [
            _("The statement of “%(shop)s” for %(month)s is made.") % about,
            _("Sign in to download it:") + "\n" + "\n".join(links),
            _("No more of these mails, or other files:") + f"\n{base}/statements/mail",
        ]
        return Letter(_("%(shop)s: statement for %(month)s") % about, "\n\n".join(words) + "\n")


def _locale(language: str) -> str:
    return language.replace("-", "_")
