"""Places for calls to addresses that a shop's program names, while it waits for what they answer.

Whoever is called so may take all the time that it is given, and the call holds one of the few
threads that everybody is served by. So few are under way at once in a process, fewer of one shop,
and one more is refused at once: waiting for a place would hold a thread as well.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from merchants.services.paces import LineBusy

MOST: Final = 4
MOST_OF_A_SHOP: Final = 2

_lock = threading.Lock()
_under_way: Counter[int] = Counter()


@contextmanager
def place_for(shop_id: int) -> Iterator[None]:
    """Hold a place for the lines inside, which call a stranger for a shop's program.

    Args:
        shop_id: Primary key of the shop.

    Raises:
        LineBusy: Every place is taken, or each of the shop's.

    Transaction: none.
    """
    with _lock:
        if _under_way.total() >= MOST or _under_way[shop_id] >= MOST_OF_A_SHOP:
            raise LineBusy(retry_after_seconds=1)
        _under_way[shop_id] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[shop_id] -= 1
            if not _under_way[shop_id]:
                del _under_way[shop_id]
