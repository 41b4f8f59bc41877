"""The sentences of a review, for the shop and for staff alike; codes are in ``enums``."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchants.enums import ReviewReason, ReviewState

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
