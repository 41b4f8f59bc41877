"""Makes the sandbox's world on a first start; on a later one it finds it made."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.seed import cast, history, people, shop
from config.staff.groups import prepare_groups
from core.clock import alone, begin, wall_now
from core.models import Heartbeat
from payments.services.world import seed_world
from people.queries import person_by_login
from people.services.staff import create_staff

MARK = "sandbox-seeded"


class Command(BaseCommand):
    """Seed the sandbox, with progress, and carry on where an earlier try was cut short."""

    help = "Make the sandbox's countries, banks, people, shop and ninety days of history."

    def add_arguments(self, parser: CommandParser) -> None:
        """Let a test live fewer days."""
        parser.add_argument("--days", type=int, default=history.DAYS)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Seed unless it was done."""
        if settings.TROCO_MODE != "sandbox":
            raise CommandError("This instance is live: it has no sandbox to seed.")
        if Heartbeat.objects.filter(name=MARK).exists():
            self.stdout.write("The sandbox is seeded.")
            return
        self._began = time.monotonic()
        begin(options["days"] * history.DAY_SECONDS)
        with alone():
            self._seed()
        Heartbeat.objects.create(name=MARK, beat_at=wall_now())
        self._say("the sandbox is ready")

    def _seed(self) -> None:
        staff = [
            person_by_login(login.login)
            or create_staff(
                login=login.login,
                password=login.password,
                totp_secret=login.totp_secret,
                is_superuser=True,
            )
            for login in cast.STAFF
        ]
        prepare_groups()
        self._say("two members of staff, and the groups of staff")
        seed_world(staff=staff[0])
        self._say("countries, banks and agreements")
        bakery = shop.find_bakery()
        if bakery is None:
            shop.open_bakery()
            bakery = shop.find_bakery()
        if bakery is None:
            raise CommandError("The shop could not be opened.")
        self._say(f"{cast.SHOP_NAME} with {len(bakery.products)} products")
        friends = people.enrol_all((cast.ANA, cast.BRUNO))
        customers = people.enrol_all(cast.CUSTOMERS)
        self._say(f"{len(customers) + len(friends)} people with money")
        world = history.World(
            bakery, customers, (friends[0], friends[1]), cast.BANKS, history.Dice("troco")
        )
        for line in history.live(world):
            self._say(line)
        history.catch_up()

    def _say(self, line: str) -> None:
        self.stdout.write(f"  [{time.monotonic() - self._began:5.1f} s] {line}")
        self.stdout.flush()
