"""Parties are found by the beginning of their name, whatever its case."""

from django.db import migrations

# As ``istartswith`` asks for it; an operator class cannot be said in a model without the app
# ``django.contrib.postgres``.
FOUND = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS people_party_by_name
    ON people_party (upper(display_name) text_pattern_ops)
"""


class Migration(migrations.Migration):
    atomic = False  # The index is built while the table lives.

    dependencies = [
        ("people", "0013_device_removal"),
    ]

    operations = [
        migrations.RunSQL(FOUND, "DROP INDEX CONCURRENTLY IF EXISTS people_party_by_name"),
    ]
