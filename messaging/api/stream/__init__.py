"""The stream: news pushed to devices and browsers as server-sent events."""

from messaging.api.stream.door import HAND_OVER, StreamDoor

__all__ = ["HAND_OVER", "StreamDoor"]
