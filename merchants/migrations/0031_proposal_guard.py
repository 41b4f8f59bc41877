"""The trigger that keeps a refund that was asked for as it was asked, and its end as it was told."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTION = "merchants_proposal_guard_v1"
TRIGGER = f"""
CREATE TRIGGER merchants_refundproposal_ends_once
BEFORE UPDATE OR DELETE ON merchants_refundproposal
FOR EACH ROW EXECUTE FUNCTION {FUNCTION}();
"""


def body() -> str:
    """Return the text of the function."""
    return (SQL / f"{FUNCTION}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """The function first, then the trigger that calls it."""

    dependencies = [("merchants", "0030_refund_proposals")]
    operations = [
        # As a list, because the text goes to the database as it stands in its file.
        migrations.RunSQL([(body(), None)], f"DROP FUNCTION {FUNCTION}();"),
        migrations.RunSQL(
            TRIGGER, "DROP TRIGGER merchants_refundproposal_ends_once ON merchants_refundproposal;"
        ),
    ]
