"""Gives a shop a number of its own and a key, for the programs that speak in its name."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.errors import TrocoError
from merchants.enums import KeyScope
from merchants.queries.lines import line_of_shop
from merchants.queries.shops import shop_by_public_id
from merchants.services.keys import make_key
from merchants.services.line_secrets import rotate_app_secret, switch_app_secret
from merchants.services.lines import OpenedLine, choose_summaries, open_line

# What the Cloud dialect asks for: a bot that is taken over gives no money back.
SCOPES = (
    KeyScope.MESSAGES,
    KeyScope.ORDERS,
    KeyScope.PAYMENTS,
    KeyScope.CATALOGUE,
    KeyScope.WEBHOOKS,
)


class Command(BaseCommand):
    """``manage.py open_shop_line mer_…``: prints everything that a program is set up with."""

    help = "Give a shop a number and a key for its programs; a second time, new secrets."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the shop."""
        parser.add_argument("shop", help="public id of the shop, mer_…")
        parser.add_argument("--name", default="Bot", help="what the key is for")
        parser.add_argument(
            "--summaries",
            choices=("on", "off"),
            help="whether an order is told once more in plain words; nothing else is changed",
        )
        parser.add_argument(
            "--overlap-hours",
            type=int,
            default=0,
            help="how long the secret before goes on signing, up to 168; 0 ends it now",
        )
        parser.add_argument(
            "--switch",
            action="store_true",
            help="let the new secret sign from now on; nothing else is changed",
        )

    def handle(self, *_args: object, **options: Any) -> None:
        """Open the line, or change its secret, and make a key."""
        shop = shop_by_public_id(options["shop"])
        if shop is None:
            raise CommandError("There is no such shop.")
        if options["summaries"]:
            choose_summaries(shop_id=shop.id, has_summaries=options["summaries"] == "on")
            return
        try:
            if options["switch"]:
                switch_app_secret(shop_id=shop.id, actor=None)
                return
            opened = self._opened(shop.id, timedelta(hours=options["overlap_hours"]))
            made = make_key(shop_id=shop.id, actor=None, name=options["name"], scopes=SCOPES)
        except TrocoError as error:
            raise CommandError(str(error.detail)) from error
        line = opened.line
        told = {
            "base URL": f"{settings.TROCO_PUBLIC_URL}/cloud",
            "number": f"+{line.address}",
            "phone number id": line.phone_number,
            "business account id": line.account_number,
            "app id": line.app_number,
            "app secret": opened.app_secret,
            "access token": made.secret,
        }
        for name, value in told.items():
            self.stdout.write(f"{name:<20} {value}")

    def _opened(self, shop_id: int, overlap: timedelta) -> OpenedLine:
        if line_of_shop(shop_id) is None:
            return open_line(shop_id=shop_id, actor=None)
        return rotate_app_secret(shop_id=shop_id, actor=None, overlap=overlap)
