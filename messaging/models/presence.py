"""Who is there now, or was last: for those who want it known."""

from django.db import models


class Presence(models.Model):
    """A person's presence; nothing is noted while it is not shared.

    ``online_until`` lies a little ahead while a stream is open, and is moved to the moment when
    the last one ends. Both are machine time.
    """

    party = models.OneToOneField(
        "people.Party", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    is_shared = models.BooleanField(default=True, db_default=True)
    seen_at = models.DateTimeField(null=True)
    online_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        """Name the party by its key."""
        return f"presence of {self.party_id}"
