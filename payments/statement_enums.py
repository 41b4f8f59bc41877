"""Codes of what banks tell: statements, their lines, and notifications."""

from django.db.models import TextChoices


class StatementStage(TextChoices):
    """How far the import of a statement is; each stage is found and gone on with."""

    READING = "reading"
    MATCHING = "matching"
    FINISHED = "finished"


class LineState(TextChoices):
    """Where a line of a bank's statement is."""

    NEW = "new"
    MATCHED = "matched"
    EXCEPTION = "exception"
    SUSPENSE = "suspense"
    RESOLVED = "resolved"
    SPLIT = "split"


class LineKind(TextChoices):
    """What a line of a statement is by the bank's own marks; see ``rails.StatementEntry``."""

    MOVEMENT = "movement"
    CHARGE = "charge"
    RETURN = "return"
    REVERSAL = "reversal"
    REMAINDER = "remainder"


class LineResolution(TextChoices):
    """How a line came to need nobody any more; empty where its match says it."""

    AS_BEFORE = "as_before"
    SUPERSEDED = "superseded"
    CHARGE = "charge"
    OFFSET = "offset"
    EXPLAINED = "explained"
    BY_HAND = "by_hand"
    WRITTEN_OFF = "written_off"
    PARTED = "parted"
    CHARGEBACK = "chargeback"


class WayBackState(TextChoices):
    """Where money is that two people had sent back to whoever paid it in."""

    WAITING = "waiting"
    SENT = "sent"
    UNKNOWN = "unknown"
    EXECUTED = "executed"
    REFUSED = "refused"
    SHOWN = "shown"


class Evidence(TextChoices):
    """What an entry of a bank's same-day notification told."""

    NEW = "new"
    TOLD = "told"
    KNOWN = "known"
    DIFFERS = "differs"
    STRANGE = "strange"


class LineDirection(TextChoices):
    """Which way a statement line moved the operator's clearing account at the bank."""

    INTO = "into"
    OUT_OF = "out_of"
