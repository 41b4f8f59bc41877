"""A payment's bubble and its news, in one round trip."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("messaging_shape_v1", "messaging_open_direct_v1", "messaging_show_payment_v1")
REMOVED = """
DROP FUNCTION messaging_show_payment_v1(
    text, bigint, bigint, bigint, text, jsonb, jsonb, text, text, timestamptz);
DROP FUNCTION messaging_open_direct_v1(bigint, bigint, text, timestamptz);
DROP FUNCTION messaging_shape_v1(bigint);
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Functions only."""

    dependencies = [("messaging", "0003_requests")]
    operations = [migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED)]
