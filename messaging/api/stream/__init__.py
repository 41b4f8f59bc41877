"""The stream: news pushed to devices and browsers as server-sent events."""

from messaging.api.stream.door import StreamDoor

__all__ = ["StreamDoor"]
