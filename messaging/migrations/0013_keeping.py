"""Muting, archiving, and telling the operator; evidence of a report stays as it was."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON messaging_report FROM troco_app;
        GRANT UPDATE (closed_at, closed_by_id, outcome) ON messaging_report TO troco_app;
    END IF;
END
$grants$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0012_search"),
        ("people", "0016_trail_found"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="member",
            name="archived_seq",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="member",
            name="muted_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("spam", "Spam"),
                            ("scam", "Scam"),
                            ("abuse", "Abuse"),
                            ("threat", "Threat"),
                            ("child", "Child"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("words", models.CharField(blank=True, default="", max_length=1000)),
                ("evidence", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=500)),
                (
                    "about",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="messaging.conversation",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="messaging.message",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=["created_at"],
                        name="messaging_report_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("reporter", "message"), name="messaging_report_one_per_message"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reason__in", ["spam", "scam", "abuse", "threat", "child", "other"])
                        ),
                        name="messaging_report_reason_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("closed_by__isnull", True)),
                            models.Q(("closed_at__isnull", False), ("closed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="messaging_report_closed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
