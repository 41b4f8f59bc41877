"""What the database itself demands: evidence to open, two people to lift, history kept."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("countries_guard_open_v1", "holds_guard_lift_v1")
HISTORY = (
    "availabilitycheck",
    "capabilitymove",
    "agreementmove",
    "holdlift",
    "batchmove",
    "payoutmove",
    "payoutitem",
)

GUARDS = """
CREATE TRIGGER payments_countrycapability_guard_open
BEFORE INSERT OR UPDATE ON payments_countrycapability
FOR EACH ROW EXECUTE FUNCTION countries_guard_open_v1();
CREATE TRIGGER payments_regulatorhold_guard_lift
BEFORE UPDATE ON payments_regulatorhold
FOR EACH ROW EXECUTE FUNCTION holds_guard_lift_v1();
"""
NO_GUARDS = """
DROP TRIGGER payments_countrycapability_guard_open ON payments_countrycapability;
DROP TRIGGER payments_regulatorhold_guard_lift ON payments_regulatorhold;
"""
REMOVED = """
DROP FUNCTION countries_guard_open_v1();
DROP FUNCTION holds_guard_lift_v1();
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def keep(table: str) -> str:
    """Make a table append-only, by trigger and for the application also by right."""
    return f"""
CREATE TRIGGER payments_{table}_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_{table}
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change_v1();
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON payments_{table} FROM troco_app;
    END IF;
END
$grants$;
"""


def let_go(table: str) -> str:
    """Undo ``keep``."""
    return f"DROP TRIGGER payments_{table}_append_only ON payments_{table};"


class Migration(migrations.Migration):
    """Functions first, then the triggers that call them."""

    dependencies = [("payments", "0003_banks")]

    operations = [
        migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED),
        migrations.RunSQL(GUARDS, NO_GUARDS),
        *[migrations.RunSQL(keep(table), let_go(table)) for table in HISTORY],
    ]
