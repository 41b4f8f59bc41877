"""What waits for a person: a count and the age of the oldest, never a list."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """How much waits, and since when.

    Attributes:
        count: How many; counting stops where more would not be said differently.
        oldest_at: Since when the oldest waits; None when nothing does.
    """

    count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One queue on the staff's first page.

    Attributes:
        words: What waits.
        count: How many.
        age: How long the oldest has waited, in words.
        url: Where to see them.
        is_late: Whether it has waited too long.
    """

    words: object
    count: int
    age: str
    url: str
    is_late: bool
