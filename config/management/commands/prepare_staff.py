"""Writes the staff's groups and their permissions."""

from typing import Any

from django.core.management.base import BaseCommand

from config.staff.groups import prepare_groups


class Command(BaseCommand):
    """Write the four groups; may be run at every start."""

    help = "Write the staff's groups (countries, settlement, support, audit) and permissions."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Write them and say how many permissions each has."""
        for name, count in prepare_groups().items():
            self.stdout.write(f"{name}: {count} permissions")
