"""A hold may cover one bank or one party, begin later, and keep the paper it follows."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = (
    "holds_guard_lift_v2",
    "payments_share_v1",
    "payments_shut_v1",
    "payments_may_go_on_v1",
    "payments_capability_facts_v2",
    "payments_situation_v2",
    "payments_standing_v3",
)
REMOVED = """
DROP FUNCTION payments_standing_v3(bigint, text, text, text[], timestamptz);
DROP FUNCTION payments_situation_v2(bigint, bigint, text, text[], timestamptz);
DROP FUNCTION payments_capability_facts_v2(text, text[], timestamptz);
DROP FUNCTION payments_may_go_on_v1(text, text, bigint[], text[], timestamptz);
DROP FUNCTION payments_shut_v1(text, text[]);
DROP FUNCTION payments_share_v1(text, text);
DROP FUNCTION holds_guard_lift_v2();
"""
GUARDED = """
DROP TRIGGER payments_regulatorhold_guard_lift ON payments_regulatorhold;
CREATE TRIGGER payments_regulatorhold_guard_lift
BEFORE UPDATE OR DELETE ON payments_regulatorhold
FOR EACH ROW EXECUTE FUNCTION holds_guard_lift_v2();
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE DELETE, TRUNCATE ON payments_regulatorhold FROM troco_app;
    END IF;
END
$grants$;
"""
GUARDED_BEFORE = """
DROP TRIGGER payments_regulatorhold_guard_lift ON payments_regulatorhold;
CREATE TRIGGER payments_regulatorhold_guard_lift
BEFORE UPDATE ON payments_regulatorhold
FOR EACH ROW EXECUTE FUNCTION holds_guard_lift_v1();
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0020_batch_twins"),
    ]

    operations = [
        migrations.AddField(
            model_name="regulatorhold",
            name="bank",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holds",
                to="payments.bank",
            ),
        ),
        migrations.AddField(
            model_name="regulatorhold",
            name="party_id",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="regulatorhold",
            name="starts_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="regulatorhold",
            name="document",
            field=models.BinaryField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="regulatorhold",
            name="document_name",
            field=models.CharField(blank=True, default="", max_length=120),
        ),
        migrations.AddField(
            model_name="regulatorhold",
            name="document_sha256",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddIndex(
            model_name="regulatorhold",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True), ("party_id__isnull", False)),
                fields=["party_id"],
                name="payments_hold_of_party",
            ),
        ),
        migrations.AddIndex(
            model_name="regulatorhold",
            index=models.Index(
                condition=models.Q(("bank__isnull", False), ("lifted_at__isnull", True)),
                fields=["bank"],
                name="payments_hold_of_bank",
            ),
        ),
        migrations.AddConstraint(
            model_name="regulatorhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("bank__isnull", True), ("party_id__isnull", True), _connector="OR"
                ),
                name="payments_regulatorhold_one_scope",
            ),
        ),
        migrations.AddConstraint(
            model_name="regulatorhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("document__isnull", True),
                        ("document_name", ""),
                        ("document_sha256", ""),
                    ),
                    models.Q(
                        ("document__isnull", False),
                        models.Q(("document_name", ""), _negated=True),
                        ("document_sha256__regex", "^[0-9a-f]{64}$"),
                    ),
                    _connector="OR",
                ),
                name="payments_regulatorhold_document_whole",
            ),
        ),
        migrations.RunSQL([(body(name), None) for name in FUNCTIONS], REMOVED),
        migrations.RunSQL(GUARDED, GUARDED_BEFORE),
    ]
