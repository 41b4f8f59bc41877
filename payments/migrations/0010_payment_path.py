"""A payment in two round trips: how it stands, and writing it."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = (
    "payments_capability_facts_v1",
    "payments_situation_v1",
    "payments_standing_v1",
    "payments_authorize_v1",
)
REMOVED = """
DROP FUNCTION payments_authorize_v1(
    text, bigint, bigint, text, text, text, timestamptz, timestamptz, text, bigint,
    bigint[], bigint[], text[], bigint[], bigint[], text[], text[], text[], text[],
    uuid[], text[], bigint[], uuid, text, text, timestamptz, text[], bigint[], text[], bigint[],
    boolean[]);
DROP FUNCTION payments_standing_v1(bigint, text, text, text[], timestamptz);
DROP FUNCTION payments_situation_v1(bigint, bigint, text, text[], timestamptz);
DROP FUNCTION payments_capability_facts_v1(text, text[], timestamptz);
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Functions only."""

    dependencies = [("payments", "0009_refund_guards"), ("people", "0005_payment_facts")]
    operations = [migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED)]
