"""Why a shop is reviewed, and the papers that it sends to its reviewers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


KEEP = """
CREATE TRIGGER merchants_reviewdocument_append_only
BEFORE UPDATE OR DELETE ON merchants_reviewdocument
FOR EACH ROW EXECUTE FUNCTION merchants_history_guard_v1();
"""
LET_GO = "DROP TRIGGER merchants_reviewdocument_append_only ON merchants_reviewdocument;"
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON merchants_reviewdocument FROM troco_app;
    END IF;
END
$grants$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0010_desk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReviewDocument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("registration", "Registration"),
                            ("owner", "Owner"),
                            ("address", "Address"),
                            ("account", "Account"),
                            ("other", "Other"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("mime", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("sent_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="shopreview",
            name="cause",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Opened"),
                    ("staff", "Staff"),
                    ("name", "Name"),
                    ("owner", "Owner"),
                    ("holder", "Holder"),
                ],
                db_default="",
                default="",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="shopreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("cause__in", ["", "staff", "name", "owner", "holder"])),
                name="merchants_shopreview_cause_known",
            ),
        ),
        migrations.AddField(
            model_name="reviewdocument",
            name="review",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="documents",
                to="merchants.shopreview",
            ),
        ),
        migrations.AddField(
            model_name="reviewdocument",
            name="sent_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewdocument",
            constraint=models.UniqueConstraint(
                fields=("review", "sha256"), name="merchants_reviewdocument_sent_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewdocument",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["registration", "owner", "address", "account", "other"]),
                    ("mime__in", ["application/pdf", "image/jpeg", "image/png", "image/webp"]),
                    ("sha256__regex", "^[0-9a-f]{64}$"),
                ),
                name="merchants_reviewdocument_words_known",
            ),
        ),
        migrations.RunSQL(KEEP, LET_GO),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
    ]
