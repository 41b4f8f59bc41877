"""Makes a key with which a shop's own system calls ``/v1/shop``, for whoever has a shell here."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import TrocoError
from merchants.enums import KeyScope
from merchants.queries.shops import shop_by_public_id
from merchants.services.keys import make_key


class Command(BaseCommand):
    """``manage.py make_shop_key mer_…``: prints the key, this once, and nothing else."""

    help = "Make a key of a shop and print it; its team makes keys in the portal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the shop, and what the key is for."""
        parser.add_argument("shop", help="public id of the shop, mer_…")
        parser.add_argument("--name", default="System", help="what the key is for")
        parser.add_argument(
            "--opens", nargs="+", choices=KeyScope.values, default=KeyScope.values, metavar="SCOPE"
        )

    def handle(self, *_args: object, **options: Any) -> None:
        """Make it."""
        shop = shop_by_public_id(options["shop"])
        if shop is None:
            raise CommandError("There is no such shop.")
        try:
            made = make_key(
                shop_id=shop.id,
                actor=None,
                name=options["name"],
                scopes=[KeyScope(each) for each in options["opens"]],
            )
        except TrocoError as error:
            raise CommandError(str(error.detail)) from error
        self.stdout.write(made.secret)
