"""Long work that somebody of the team asked for: a file to read, a file to write."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from merchants.enums import JobKind, JobState
from merchants.models.shops import Shop


class ShopJob(models.Model):
    """One piece of long work, done step by step by a worker; it can be stopped between steps.

    ``wish`` is what was asked, ``tally`` what has come of it so far. A file that was handed in is
    ``given``; what can be downloaded is ``made``. ``done_rows`` of ``all_rows`` is how far it is.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="jobs")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=JobKind.choices)
    state = models.CharField(max_length=12, choices=JobState.choices)
    wish = models.JSONField(default=dict)
    tally = models.JSONField(default=dict)
    done_rows = models.PositiveIntegerField(default=0)
    all_rows = models.PositiveIntegerField(default=0)
    given = models.TextField(default="", blank=True)
    made = models.BinaryField(default=b"", blank=True)
    made_name = models.CharField(max_length=120, default="", blank=True)
    made_type = models.CharField(max_length=60, default="", blank=True)
    is_stop_asked = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Work that has ended has a moment, and is never further than all of it."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=JobState.values), name="merchants_shopjob_state_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=JobKind.values), name="merchants_shopjob_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(done_rows__lte=F("all_rows")), name="merchants_shopjob_within_all"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[JobState.QUEUED, JobState.RUNNING, JobState.ASKS],
                    ended_at__isnull=True,
                )
                | Q(
                    state__in=[JobState.DONE, JobState.STOPPED, JobState.FAILED],
                    ended_at__isnull=False,
                ),
                name="merchants_shopjob_ends_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop", "kind", "-id"], name="merchants_shopjob_of_shop"),
        ]

    def __str__(self) -> str:
        """Name the work."""
        return f"{self.kind} {self.public_id}"


class JobPart(models.Model):
    """A piece of a file that long work has made; all of them, by number, are the file."""

    job = models.ForeignKey(ShopJob, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        """Each piece once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "number"], name="merchants_jobpart_once"),
        ]

    def __str__(self) -> str:
        """Say which."""
        return f"part {self.number}"


class JobTrouble(models.Model):
    """A row of a handed-in file that could not be taken, with what is wrong with it."""

    job = models.ForeignKey(ShopJob, on_delete=models.CASCADE, related_name="troubles")
    line = models.PositiveIntegerField()
    cells = models.JSONField()
    words = models.CharField(max_length=500)

    class Meta:
        """A row is told once."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "line"], name="merchants_jobtrouble_once"),
        ]

    def __str__(self) -> str:
        """Say where."""
        return f"line {self.line}"


class PictureErrand(models.Model):
    """A picture that a handed-in file names by its address, to be fetched once.

    ``place`` is where the file has it among the pictures of its handle. One that is settled is
    hung up, or told as a trouble of its line.
    """

    job = models.ForeignKey(ShopJob, on_delete=models.CASCADE, related_name="errands")
    line = models.PositiveIntegerField()
    cells = models.JSONField()
    handle = models.CharField(max_length=80)
    source = models.CharField(max_length=1000)
    alt = models.CharField(max_length=300, default="", blank=True)
    place = models.PositiveIntegerField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A picture is fetched once; what waits is found quickly."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["job", "handle", "place"], name="merchants_pictureerrand_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["job", "id"],
                condition=Q(settled_at__isnull=True),
                name="merchants_pictureerrand_due",
            ),
        ]

    def __str__(self) -> str:
        """Say what for."""
        return f"{self.handle} {self.place}"
