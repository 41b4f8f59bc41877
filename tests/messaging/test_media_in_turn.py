"""Pictures are decoded one at a time; those that wait hold few threads, and not all of them."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from core.errors import TooManyRequests
from messaging.files.images import MOST_IN_TURN, clean_picture
from messaging.files.types import PNG
from tests.front.serving import wait_until
from tests.messaging.samples import picture


class Held(io.BytesIO):
    """A picture whose decoder has to wait; its head is read before."""

    def __init__(self, content: bytes, go: threading.Event) -> None:
        super().__init__(content)
        self.go, self.begun = go, 0

    def seek(self, *place: Any) -> int:
        self.begun += place == (0,)
        if self.begun > 1:
            self.go.wait(60)
        return super().seek(*place)


def test_one_more_than_may_wait_is_refused_at_once() -> None:
    content, go = picture("PNG"), threading.Event()
    with ThreadPoolExecutor(MOST_IN_TURN + 1) as pool:
        tries = [
            pool.submit(clean_picture, Held(content, go), PNG) for _ in range(MOST_IN_TURN + 1)
        ]
        try:
            wait_until(lambda: any(each.done() for each in tries), seconds=30)
            (refused,) = [each for each in tries if each.done()]
            assert isinstance(refused.exception(), TooManyRequests)
        finally:
            go.set()
        assert [each.result().type for each in tries if each is not refused] == [PNG] * MOST_IN_TURN
    assert clean_picture(io.BytesIO(content), PNG).type == PNG
