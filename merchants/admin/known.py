"""What the house knows of a business, as reviewers read it: each fact, and whether it fits."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import link, record_link, state_words
from merchants.queries.review_words import PAPERS
from merchants.queries.reviews import Owner, Paper, ReviewFacts


def known_rows(facts: ReviewFacts) -> list[tuple[object, ...]]:
    """Return what is known of a business: what, the fact, and whether it has to be looked at."""
    party = facts.party
    owners = format_html_join(
        "",
        "<div>{}</div>",
        ((record_link("people_party", each.party.id, _owner(each)),) for each in facts.owners),
    )
    unknown = [each for each in facts.owners if not each.is_verified]
    alike = ", ".join(facts.alike)
    legal_name = party.legal_name if party else None
    tax_id = party.tax_id if party else None
    checked = gettext("check digits are right") if tax_id else _look(is_fine=False)
    return [
        (_("Legal name"), legal_name or "—", _look(bool(legal_name))),
        (_("Tax id"), tax_id or "—", checked),
        (_("Owners"), owners or "—", _look(bool(facts.owners) and not unknown)),
        (
            _("Paid out to"),
            f"{facts.paid_into} {facts.holder_name}".strip() or gettext("no account yet"),
            _look(facts.holder_matches) if facts.paid_into else "",
        ),
        (_("Shops with a name like it"), alike or gettext("none"), _look(not alike)),
        (_("Refused before"), facts.refused_before, _look(not facts.refused_before)),
        (_("Papers"), _papers(facts.papers), _look(bool(facts.papers))),
    ]


def _papers(papers: Iterable[Paper]) -> SafeString | str:
    """Lead to each paper; each opening is noted."""
    rows = (
        (link(reverse("staff-review-paper", args=[each.public_id]), PAPERS[each.kind]), each.name)
        for each in papers
    )
    return format_html_join("", "<div>{} · {}</div>", rows) or gettext("none were sent")


def _owner(owner: Owner) -> str:
    """Name an owner: masked as by law, or as others see them while nobody has verified it."""
    known = owner.party.masked_legal_name
    return known or gettext("%(name)s, not verified") % {"name": owner.party.display_name}


def _look(is_fine: bool) -> SafeString:  # noqa: FBT001 - it is the whole question.
    return state_words("fits" if is_fine else "look_at_it")
