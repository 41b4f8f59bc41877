"""The files of a month's statement, asked for in the name of its longest owner."""

from datetime import date, datetime
from typing import Final

from django.utils import translation

from core.transactions import joins
from merchants.enums import JobKind, Role
from merchants.models import Shop, TeamMember
from merchants.queries.statement_words import statement_words
from merchants.services.jobs import JobWish, put_job

FILE: Final = "pdf"
"""The kind of file that every month has; others are made where somebody wants them."""


@joins
def ask_month_file(*, shop: Shop, month: tuple[date, date], file: str, moment: datetime) -> bool:
    """Ask for one file of a month's statement; tell whether there is somebody to ask for it.

    Changes: one ``ShopJob``, in the shop's language, else its owner's.

    Args:
        shop: Whose.
        month: Its first and its last day.
        file: ``pdf`` or ``csv``; the bell tells of the first.
        moment: The business clock's, up to which the books are read.

    Raises:
        StateConflict: Five pieces of work of the shop are not done yet.

    Transaction: joins.
    """
    owners = TeamMember.objects.filter(shop=shop, role=Role.OWNER, removed_at__isnull=True)
    owner = owners.select_related("person").order_by("id").first()
    if owner is None:
        return False
    language = shop.language or owner.person.locale or "en"
    with translation.override(language.lower()):
        words = statement_words()
    facts = {
        "first_day": month[0].isoformat(),
        "last_day": month[1].isoformat(),
        "file": file,
        "words": words,
        "language": language,
        "until": moment.isoformat(),
        "is_monthly": file == FILE,
    }
    wish = JobWish(kind=JobKind.STATEMENT, facts=facts)
    put_job(shop_id=shop.pk, actor=owner.person, wish=wish)
    return True
