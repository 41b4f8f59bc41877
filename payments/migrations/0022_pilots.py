"""Opening is judged by the tables themselves, pilots count places, and a list is told of openings."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("countries_guard_open_v2", "countries_enrol_v1")
REMOVED = """
DROP FUNCTION countries_enrol_v1(text, bigint);
DROP FUNCTION countries_guard_open_v2();
"""


def guard(version: str) -> str:
    """Return what puts one version of the guard before the table."""
    return f"""
DROP TRIGGER payments_countrycapability_guard_open ON payments_countrycapability;
CREATE TRIGGER payments_countrycapability_guard_open
BEFORE INSERT OR UPDATE ON payments_countrycapability
FOR EACH ROW EXECUTE FUNCTION countries_guard_open_{version}();
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0021_hold_scopes"),
    ]

    operations = [
        migrations.AddField(
            model_name="waitlistentry",
            name="told_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="waitlistentry",
            index=models.Index(
                condition=models.Q(("told_at__isnull", True)),
                fields=["country", "id"],
                name="payments_waitlist_untold",
            ),
        ),
        migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED),
        migrations.RunSQL(guard("v2"), guard("v1")),
    ]
