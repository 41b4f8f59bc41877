"""What a mail says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as plain text; its subject is one line."""

    subject: str
    text: str
