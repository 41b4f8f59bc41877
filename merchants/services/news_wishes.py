"""Who wants a shop's news: said by the customer alone, and taken back by one word or one tap."""

from typing import Final

from django.conf import settings

from core.clock import business_now
from core.errors import NotFound
from core.transactions import owns
from merchants.models import NewsWish, Shop
from messaging.queries import message_for

# Said alone in a message. English, Portuguese and Bengali, as the portal is.
STOP_WORDS: Final = frozenset(
    {"stop", "unsubscribe", "parar", "pare", "sair", "cancelar", "বন্ধ", "থামুন"}
)


@owns
def wish_for_news(*, shop_id: int, party_id: int, is_wanted: bool) -> NewsWish:
    """Say whether a customer wants a shop's news; it counts from the next message on.

    Args:
        shop_id: Primary key of the shop.
        party_id: The customer, who says it.
        is_wanted: What they want.

    Transaction: owns.
    """
    wish, _made = NewsWish.objects.update_or_create(
        shop_id=shop_id,
        party_id=party_id,
        defaults={"is_wanted": is_wanted, "changed_at": business_now()},
    )
    return wish


@owns
def hear_stop(*, message_id: str, recipients: str) -> int:
    """Take a wish back where somebody writes a stop word and nothing else.

    Args:
        message_id: What was written.
        recipients: Keys of the businesses that got it, parted by commas.

    Returns:
        Of how many shops no more news is wanted.

    Transaction: owns.
    """
    stopped = 0
    for key in recipients.split(","):
        try:
            message = message_for(int(key), message_id)
        except NotFound:
            continue
        if str(message.content.get("text", "")).strip(" .!\n").casefold() not in STOP_WORDS:
            continue
        shops = Shop.objects.filter(party_id=int(key)).values_list("id", flat=True)
        stopped += sum(_stop(shop_id, message.sender_id) for shop_id in shops)
    return stopped


def _stop(shop_id: int, party_id: int) -> int:
    """Take a wish back; where news comes without one, say that none is wanted."""
    no_more = {"is_wanted": False, "changed_at": business_now()}
    if not settings.TROCO_CLOUD_MARKETING_OPT_IN:
        NewsWish.objects.get_or_create(shop_id=shop_id, party_id=party_id, defaults=no_more)
    mine = NewsWish.objects.filter(shop_id=shop_id, party_id=party_id)
    return mine.filter(is_wanted=True).update(**no_more)
