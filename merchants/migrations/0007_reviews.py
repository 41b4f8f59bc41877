"""Reviews of shops; those that were there before count as approved."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEEP = """
CREATE TRIGGER merchants_reviewmove_append_only
BEFORE UPDATE OR DELETE ON merchants_reviewmove
FOR EACH ROW EXECUTE FUNCTION merchants_history_guard_v1();
"""
LET_GO = "DROP TRIGGER merchants_reviewmove_append_only ON merchants_reviewmove;"
GRANTS = """
DO $grants$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'troco_app') THEN
        REVOKE UPDATE, DELETE, TRUNCATE ON merchants_reviewmove FROM troco_app;
        REVOKE DELETE, TRUNCATE ON merchants_shopreview FROM troco_app;
    END IF;
END
$grants$
"""
KNOWN = """
INSERT INTO merchants_shopreview
       (public_id, shop_id, state, risk, reasons, words, answer, opened_at, moved_at)
SELECT 'kyb' || substr(public_id, 4), id, 'approved', 'low', '{}', '', '', created_at, created_at
  FROM merchants_shop
"""


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0006_means_guard"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ShopReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("asked", "Asked"),
                            ("answered", "Answered"),
                            ("approved", "Approved"),
                            ("rejected", "Rejected"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                (
                    "risk",
                    models.CharField(choices=[("low", "Low"), ("high", "High")], max_length=8),
                ),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24), default=list, size=None
                    ),
                ),
                ("words", models.CharField(blank=True, default="", max_length=500)),
                ("answer", models.CharField(blank=True, default="", max_length=2000)),
                ("opened_at", models.DateTimeField()),
                ("moved_at", models.DateTimeField()),
                (
                    "checked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "shop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="merchants.shop",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReviewMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_state", models.CharField(blank=True, default="", max_length=10)),
                ("to_state", models.CharField(max_length=10)),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="merchants.shopreview",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="shopreview",
            index=models.Index(
                condition=models.Q(("state__in", ["open", "answered"])),
                fields=["id"],
                name="merchants_shopreview_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="shopreview",
            index=models.Index(fields=["shop", "-id"], name="merchants_shopreview_newest"),
        ),
        migrations.AddConstraint(
            model_name="shopreview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("open", "asked", "answered"))),
                fields=("shop",),
                name="merchants_shopreview_one_undecided",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["open", "asked", "answered", "approved", "rejected"]),
                    ("risk__in", ["low", "high"]),
                    (
                        "reasons__contained_by",
                        [
                            "name_differs",
                            "tax_id_not_active",
                            "owner_unclear",
                            "account_differs",
                            "goods_unclear",
                            "business_not_served",
                            "fraud_suspected",
                        ],
                    ),
                ),
                name="merchants_shopreview_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("risk", "high"), ("state", "approved"), _negated=True),
                    models.Q(("checked_by__isnull", False), ("decided_by__isnull", False)),
                    _connector="OR",
                ),
                name="merchants_shopreview_high_risk_takes_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checked_by__isnull", True),
                    models.Q(("checked_by", models.F("decided_by")), _negated=True),
                    _connector="OR",
                ),
                name="merchants_shopreview_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="shopreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["rejected", "asked"]), _negated=True),
                    ("reasons__len__gt", 0),
                    _connector="OR",
                ),
                name="merchants_shopreview_reasons_given",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewmove",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_state", models.F("to_state")), _negated=True),
                name="merchants_reviewmove_changes",
            ),
        ),
        migrations.RunSQL(KEEP, LET_GO),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
