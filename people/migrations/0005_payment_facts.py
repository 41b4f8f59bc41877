"""What a payment asks of people, as functions: one answer, and one use of a proof."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("people_payment_facts_v1", "people_use_proof_v1")
REMOVED = """
DROP FUNCTION people_use_proof_v1(text, bigint, bytea, text, timestamptz);
DROP FUNCTION people_payment_facts_v1(bigint, bigint, text[]);
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Functions only."""

    dependencies = [("people", "0004_going_out")]
    operations = [migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED)]
