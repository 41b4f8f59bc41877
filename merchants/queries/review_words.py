"""The sentences of a review, for the shop and for staff alike; codes are in ``enums``."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchants.enums import DocumentKind, ReviewCause, ReviewReason, ReviewState

REASONS: Mapping[str, Promise | str] = {
    ReviewReason.NAME_DIFFERS: _("The shop's name and the registered name do not go together."),
    ReviewReason.TAX_ID_NOT_ACTIVE: _("The register does not show the tax id as active."),
    ReviewReason.OWNER_UNCLEAR: _("It is not clear who owns the business."),
    ReviewReason.ACCOUNT_DIFFERS: _("The bank account belongs to somebody else."),
    ReviewReason.GOODS_UNCLEAR: _("It is not clear what the shop sells."),
    ReviewReason.BUSINESS_NOT_SERVED: _("This kind of business is not served here."),
    ReviewReason.FRAUD_SUSPECTED: _("What was told contradicts what is known."),
}

STATES: Mapping[str, Promise | str] = {
    ReviewState.OPEN: _("Your shop is being reviewed. You can sell; payouts begin after it."),
    ReviewState.ASKED: _("We need more from you before your shop can be paid out."),
    ReviewState.ANSWERED: _("Thank you for your answer. We are looking at it; payouts wait."),
    ReviewState.REJECTED: _("Your shop was not approved, so it is not paid out."),
}

PAPERS: Mapping[str, Promise | str] = {
    DocumentKind.REGISTRATION: _("Registration of the business"),
    DocumentKind.OWNER: _("Identity of an owner"),
    DocumentKind.ADDRESS: _("Proof of address"),
    DocumentKind.ACCOUNT: _("Statement of the bank account"),
    DocumentKind.OTHER: _("Something else"),
}

AGAIN: Mapping[str, Promise | str] = {
    ReviewCause.STAFF: _("Your shop is being reviewed again. You can sell; payouts wait."),
    ReviewCause.NAME: _(
        "Your shop has another name, so it is being reviewed again. You can sell; payouts wait."
    ),
    ReviewCause.OWNER: _(
        "Your shop has a new owner, so it is being reviewed again. You can sell; payouts wait."
    ),
    ReviewCause.HOLDER: _(
        "Your shop is to be paid into somebody else's account, so it is being reviewed again."
        " You can sell; payouts wait."
    ),
}

CAUSES: Mapping[str, Promise | str] = {
    ReviewCause.OPENED: _("The shop was opened."),
    ReviewCause.STAFF: _("A colleague wanted it looked at again."),
    ReviewCause.NAME: _("The shop has another name."),
    ReviewCause.OWNER: _("The shop has a new owner."),
    ReviewCause.HOLDER: _("It is to be paid into somebody else's account."),
}


def state_sentence(state: str, cause: str) -> Promise | str:
    """Return what the shop's own people read of a review that is not approved."""
    again = AGAIN.get(cause) if state == ReviewState.OPEN else None
    return again or STATES[state]
