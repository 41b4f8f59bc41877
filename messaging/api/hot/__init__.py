"""Hot doors: what is asked most, answered by the front itself."""

from messaging.api.hot.door import HotDoor

__all__ = ["HotDoor"]
