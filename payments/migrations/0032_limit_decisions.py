"""What two of the staff set for one party in place of a limit, and the rules that hear of it."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


SQL = Path(__file__).resolve().parents[1] / "sql"
REMOVED = {
    "limits_of_v2": "limits_of_v2(bigint, bigint, text, text[], text, text)",
    "payments_standing_v5": "payments_standing_v5(bigint, text, text, text[], timestamptz)",
}
# What was decided stays as it was decided: the application ends a row, and deletes none.
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON payments_limitdecision FROM troco_app;
        GRANT UPDATE (ended_at) ON payments_limitdecision TO troco_app;
    END IF;
END
$grants$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0031_found_at_a_million"),
        ("people", "0016_trail_found"),
    ]

    operations = [
        migrations.CreateModel(
            name="LimitDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=24)),
                ("name", models.CharField(max_length=40)),
                ("value", models.BigIntegerField()),
                ("why", models.CharField(max_length=10)),
                ("reason", models.CharField(max_length=500)),
                ("begins_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="limitrule",
            name="payments_limitrule_words_known",
        ),
        migrations.AddConstraint(
            model_name="limitrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["any", "person_to_person", "purchase"]),
                    ("tier__in", ["", "basic"]),
                    ("condition__in", ["always", "new_device", "going_out", "decided"]),
                    ("side__in", ["sent", "received"]),
                    ("window__in", ["payment", "day", "month", "night"]),
                    ("measure__in", ["amount", "count"]),
                ),
                name="payments_limitrule_words_known",
            ),
        ),
        migrations.AddField(
            model_name="limitdecision",
            name="approved_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="limitdecision",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="limitdecision",
            name="party",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.party"
            ),
        ),
        migrations.AddConstraint(
            model_name="limitdecision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("party", "kind", "name"),
                name="payments_limitdecision_one_standing",
            ),
        ),
        migrations.AddConstraint(
            model_name="limitdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("asked_by", models.F("approved_by")), _negated=True),
                name="payments_limitdecision_by_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="limitdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__gte", 0)), name="payments_limitdecision_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="limitdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("why__in", ["asked", "safety", "review"])),
                name="payments_limitdecision_why_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="limitdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("begins_at"))),
                name="payments_limitdecision_ends_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="limitdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    ("ended_at__gte", models.F("begins_at")),
                    _connector="OR",
                ),
                name="payments_limitdecision_ended_later",
            ),
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        *[
            migrations.RunSQL(
                (SQL / f"{name}.sql").read_text(encoding="utf-8"), f"DROP FUNCTION {removed}"
            )
            for name, removed in REMOVED.items()
        ],
    ]
