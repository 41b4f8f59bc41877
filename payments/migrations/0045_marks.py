"""What busy accounts had come to is marked, so that statements do not add up all of the past."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"

KEEP = """
CREATE TRIGGER payments_ledgermark_append_only
BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_ledgermark
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change_v1();
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON payments_ledgermark FROM troco_app;
    END IF;
END
$grants$;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0044_payouts_in_order")]

    operations = [
        migrations.CreateModel(
            name="LedgerMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("until", models.DateTimeField()),
                ("sum_minor", models.BigIntegerField()),
                ("first_seq", models.BigIntegerField()),
                ("last_seq", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account_id", "until"), name="payments_ledgermark_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            [((SQL / "ledger_mark_v1.sql").read_text(encoding="utf-8"), None)],
            "DROP FUNCTION ledger_mark_v1(bigint[], timestamptz);",
        ),
        migrations.RunSQL(
            [(KEEP, None)],
            "DROP TRIGGER payments_ledgermark_append_only ON payments_ledgermark;",
        ),
    ]
