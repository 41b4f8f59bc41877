"""What keeps a shop from being paid out."""

import django.db.models.deletion
from django.db import migrations, models

# What ended stays as history: the application ends a row, and deletes none.
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON payments_payoutstop FROM troco_app;
        GRANT UPDATE (lifted_at) ON payments_payoutstop TO troco_app;
    END IF;
END
$grants$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0029_bank_callbacks"),
        ("people", "0016_trail_found"),
    ]

    operations = [
        migrations.CreateModel(
            name="PayoutStop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("stopped_at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="payoutstop",
            name="party",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutstop",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at__isnull", True)),
                fields=("party", "code"),
                name="payments_payoutstop_one_standing",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutstop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lifted_at__isnull", True),
                    ("lifted_at__gte", models.F("stopped_at")),
                    _connector="OR",
                ),
                name="payments_payoutstop_lifted_later",
            ),
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
