"""Groups: roles, from where and up to where a member sees, and payments shown to who is there."""

from pathlib import Path

from django.db import migrations, models


SQL = Path(__file__).resolve().parents[1] / "sql"
REMOVED = """
DROP FUNCTION messaging_show_payment_v2(
    text, bigint, bigint, bigint, text, jsonb, jsonb, text, text, timestamptz)
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0008_media"),
        ("people", "0016_trail_found"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="has_business",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="conversation",
            name="member_count",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="member",
            name="from_row",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="member",
            name="from_xid",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="member",
            name="joined_seq",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="member",
            name="left_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="member",
            name="left_seq",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="member",
            name="role",
            field=models.CharField(
                choices=[("owner", "Owner"), ("admin", "Admin"), ("member", "Member")],
                db_default="member",
                default="member",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="member",
            name="until_row",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="member",
            name="until_xid",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(("member_count__gte", 0), ("member_count__lte", 1000)),
                name="messaging_conversation_members_bounded",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["owner", "admin", "member"])),
                name="messaging_member_role_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("left_at__isnull", True),
                        ("left_seq__isnull", True),
                        ("until_row__isnull", True),
                        ("until_xid__isnull", True),
                    ),
                    models.Q(
                        ("left_at__isnull", False),
                        ("left_seq__isnull", False),
                        ("until_row__isnull", False),
                        ("until_xid__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="messaging_member_left_as_a_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_seq__isnull", True), ("role", "owner")),
                fields=("conversation",),
                name="messaging_member_one_owner",
            ),
        ),
        migrations.RunSQL([(body("messaging_show_payment_v2"), None)], REMOVED),
    ]
