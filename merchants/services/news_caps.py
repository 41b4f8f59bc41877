"""How much of shops' news a customer gets at most, by whatever way it is sent.

A broadcast and a program's marketing template are the same to whoever gets them, so they are
counted together.
"""

from datetime import timedelta
from typing import Final

from django.db import connection
from django.db.models import F

from core.clock import business_now
from core.transactions import joins
from merchants.enums import RecipientState
from merchants.models import LineNews, Recipient

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
# What a customer gets at most: of one shop, and of all shops together.
OF_A_SHOP_A_DAY: Final = 1
OF_A_SHOP_A_WEEK: Final = 3
OF_ALL_A_DAY: Final = 5
# Said before the customer's key, so that it is nobody else's lock.
_LOCK: Final = 1_313_167_187


@joins
def has_room_for_news(*, shop_id: int, party_id: int) -> bool:
    """Tell whether a customer may get one more piece of news; no other is counted meanwhile.

    Whoever is told so sends it in the same transaction and notes it: several shops that ask at
    once wait for each other. It is asked before the conversation is locked.

    Args:
        shop_id: Primary key of the shop.
        party_id: The customer.

    Transaction: joins.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s::int)", [_LOCK, party_id % 2**31])
    now = business_now()
    sent = Recipient.objects.filter(
        party_id=party_id, state=RecipientState.SENT, reached_at__gt=now - WEEK
    ).values_list("reached_at", F("broadcast__shop_id"))
    shown = LineNews.objects.filter(party_id=party_id, sent_at__gt=now - WEEK)
    reached = [*sent, *shown.values_list("sent_at", "shop_id")]
    today = [shop for at, shop in reached if at is not None and at > now - DAY]
    of_shop = [shop for _at, shop in reached if shop == shop_id]
    return (
        today.count(shop_id) < OF_A_SHOP_A_DAY
        and len(of_shop) < OF_A_SHOP_A_WEEK
        and len(today) < OF_ALL_A_DAY
    )


@joins
def note_line_news(*, shop_id: int, party_id: int) -> None:
    """Note that a shop's program has sent a customer news.

    Changes: one ``LineNews``; those of the pair that no cap counts any more are deleted.

    Transaction: joins.
    """
    now = business_now()
    mine = LineNews.objects.filter(shop_id=shop_id, party_id=party_id)
    mine.filter(sent_at__lt=now - WEEK).delete()
    LineNews.objects.create(shop_id=shop_id, party_id=party_id, sent_at=now)
