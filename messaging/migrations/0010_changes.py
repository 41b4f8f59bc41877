"""Messages may be edited and deleted while their earlier words are kept; reactions, mentions."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


SQL = Path(__file__).resolve().parents[1] / "sql"
GUARDED = """
DROP TRIGGER messaging_message_append_only ON messaging_message;
CREATE TRIGGER messaging_message_append_only
BEFORE UPDATE OR DELETE ON messaging_message
FOR EACH ROW EXECUTE FUNCTION messaging_message_guard_v2();
CREATE TRIGGER messaging_messageversion_append_only
BEFORE UPDATE OR DELETE ON messaging_messageversion
FOR EACH ROW EXECUTE FUNCTION messaging_version_guard_v1();
"""
UNGUARDED = """
DROP TRIGGER messaging_messageversion_append_only ON messaging_messageversion;
DROP TRIGGER messaging_message_append_only ON messaging_message;
CREATE TRIGGER messaging_message_append_only
BEFORE UPDATE OR DELETE ON messaging_message
FOR EACH ROW EXECUTE FUNCTION messaging_message_guard_v1();
DROP FUNCTION messaging_version_guard_v1();
DROP FUNCTION messaging_message_guard_v2();
"""
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        GRANT UPDATE (content, edited_at, deleted_at, warnings) ON messaging_message TO troco_app;
        REVOKE UPDATE, DELETE, TRUNCATE ON messaging_messageversion FROM troco_app;
    END IF;
END
$grants$
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0009_groups"),
        ("people", "0016_trail_found"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="deleted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.BigIntegerField()),
                (
                    "conversation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="messaging.conversation",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="messaging.message",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["party", "conversation", "seq"], name="messaging_mention_of_party"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("message", "party"), name="messaging_mention_once_per_message"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.JSONField()),
                ("act", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                (
                    "actor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="messaging.message",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("act__in", ["edited", "deleted"])),
                        name="messaging_messageversion_act_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("emoji", models.CharField(max_length=32)),
                ("at", models.DateTimeField()),
                (
                    "message",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reactions",
                        to="messaging.message",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("message", "party"), name="messaging_reaction_one_per_member"
                    )
                ],
            },
        ),
        migrations.RunSQL(
            [
                (body("messaging_message_guard_v2"), None),
                (body("messaging_version_guard_v1"), None),
                (GUARDED, None),
            ],
            UNGUARDED,
        ),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
