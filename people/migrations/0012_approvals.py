"""Four eyes: requests for a colleague's approval, kept as they were asked and decided."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
TRIGGERS = """
CREATE TRIGGER people_approvalrequest_guard
BEFORE UPDATE OR DELETE ON people_approvalrequest
FOR EACH ROW EXECUTE FUNCTION people_approval_guard_v1();
CREATE TRIGGER people_approvalrequest_guard_all
BEFORE TRUNCATE ON people_approvalrequest
FOR EACH STATEMENT EXECUTE FUNCTION people_approval_guard_v1();
"""
REMOVED = """
DROP TRIGGER people_approvalrequest_guard_all ON people_approvalrequest;
DROP TRIGGER people_approvalrequest_guard ON people_approvalrequest;
DROP FUNCTION people_approval_guard_v1();
"""
# The application asks and decides; what was asked it cannot rewrite.
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON people_approvalrequest FROM troco_app;
        GRANT UPDATE (state, checker_id, decided_at, decision_reason)
           ON people_approvalrequest TO troco_app;
    END IF;
END
$grants$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0011_duress"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApprovalRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("action", models.CharField(max_length=64)),
                ("object_ref", models.CharField(max_length=80)),
                ("payload", models.JSONField()),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                ("reason", models.CharField(max_length=500)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("executed", "Executed"),
                            ("declined", "Declined"),
                            ("stale", "Stale"),
                            ("expired", "Expired"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("decision_reason", models.CharField(blank=True, default="", max_length=500)),
                (
                    "checker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approvals_decided",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approvals_asked",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["asked_at", "id"],
                        name="people_approvalrequest_waiting",
                    ),
                    models.Index(fields=["object_ref", "id"], name="people_approvalrequest_by_ref"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "waiting",
                                    "executed",
                                    "declined",
                                    "stale",
                                    "expired",
                                    "withdrawn",
                                ],
                            )
                        ),
                        name="people_approvalrequest_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("checker__isnull", True),
                            models.Q(("checker", models.F("maker")), _negated=True),
                            _connector="OR",
                        ),
                        name="people_approvalrequest_checker_is_not_maker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("checker__isnull", True),
                                ("decided_at__isnull", True),
                                ("state", "waiting"),
                            ),
                            models.Q(
                                ("checker__isnull", False),
                                ("decided_at__isnull", False),
                                ("state__in", ("executed", "declined", "stale")),
                            ),
                            models.Q(
                                ("checker__isnull", True),
                                ("decided_at__isnull", False),
                                ("state__in", ["expired", "withdrawn"]),
                            ),
                            _connector="OR",
                        ),
                        name="people_approvalrequest_decided_by_a_checker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("asked_at"))),
                        name="people_approvalrequest_expires_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "executed"), _negated=True),
                            ("decided_at__lt", models.F("expires_at")),
                            _connector="OR",
                        ),
                        name="people_approvalrequest_executed_in_time",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("action", "object_ref"),
                        name="people_approvalrequest_one_waiting",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            (SQL / "people_approval_guard_v1.sql").read_text(encoding="utf-8"),
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(TRIGGERS, REMOVED),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
