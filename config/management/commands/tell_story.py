"""Tells the main job against the running server, step by step, and fails where a step fails."""

import contextlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from config.seed import cast
from config.story.chapters import CHAPTERS, HOLDS, hold_of
from config.story.tale import Tale
from config.story.transcript import StoryFailed, Transcript

HEAD = """# The story

The main job, told by `script/story` against a running server with its worker, clock and bank
simulator as separate processes. This page is what it printed; each line is a call that anybody
can make. People and ids are new in every telling."""
LOCK = 7_264_001


class Command(BaseCommand):
    """Tell the story."""

    help = "Play the main job over HTTP against the running server."

    def add_arguments(self, parser: CommandParser) -> None:
        """Say where, and whether to keep it."""
        parser.add_argument("--url", default=settings.TROCO_PUBLIC_URL)
        parser.add_argument("--write", type=Path, help="Write the telling to this file.")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Tell it, one telling at a time, and undo what it did to the world."""
        if settings.TROCO_MODE != "sandbox":
            raise CommandError("Stories are told in a sandbox only.")
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        transcript = Transcript(self.stdout.write)
        tale = Tale.begin(options["url"], transcript)
        try:
            for title, chapter in CHAPTERS:
                transcript.chapter(title)
                chapter(tale)
        except StoryFailed as failed:
            raise CommandError(f"The story failed: {failed}") from failed
        finally:
            _undo(tale)
        self.stdout.write("")
        self.stdout.write(
            f"The story is told: {transcript.steps} checks in {transcript.seconds():.1f} s."
        )
        if options["write"]:
            options["write"].write_text(f"{HEAD}\n\n{transcript.text()}")


def _undo(tale: Tale) -> None:
    """Lift a hold that a failed telling left standing."""
    if not tale.has_hold:
        return
    for login in cast.STAFF:
        with contextlib.suppress(StoryFailed):
            staff = tale.admin(login)
            lift = f"/admin/holds/{hold_of(staff.open(HOLDS))}/lift"
            staff.submit(lift, {"reason": "The story was cut short"})
