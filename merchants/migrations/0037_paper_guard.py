"""The trigger that keeps papers of an answer as they were handed in."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTION = "merchants_paper_guard_v1"
TRIGGER = f"""
CREATE TRIGGER merchants_disputepaper_kept
BEFORE UPDATE OR DELETE ON merchants_disputepaper
FOR EACH ROW EXECUTE FUNCTION {FUNCTION}();
"""


def body() -> str:
    """Return the text of the function."""
    return (SQL / f"{FUNCTION}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """The function first, then the trigger that calls it."""

    dependencies = [("merchants", "0036_dispute_papers")]
    operations = [
        # As a list, because the text goes to the database as it stands in its file.
        migrations.RunSQL([(body(), None)], f"DROP FUNCTION {FUNCTION}();"),
        migrations.RunSQL(
            TRIGGER, "DROP TRIGGER merchants_disputepaper_kept ON merchants_disputepaper;"
        ),
    ]
