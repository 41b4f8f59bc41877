"""Who wants a shop's news: said by the customer alone, and taken back by one word or one tap."""

from typing import Final

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
        shops = Shop.objects.filter(party_id=int(key)).values("id")
        stopped += NewsWish.objects.filter(
            shop_id__in=shops, party_id=message.sender_id, is_wanted=True
        ).update(is_wanted=False, changed_at=business_now())
    return stopped
