"""Chargebacks of cards: what an issuer took back, and the dispute it opens."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0032_limit_decisions"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Chargeback",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("bank", models.CharField(max_length=32)),
                ("chargeback_id", models.CharField(max_length=35)),
                ("reversal_id", models.CharField(blank=True, default="", max_length=35)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("reason_code", models.CharField(blank=True, default="", max_length=8)),
                ("state", models.CharField(max_length=10)),
                ("looks_at", models.CharField(blank=True, default="", max_length=200)),
                ("told_at", models.DateTimeField()),
                ("reversed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="caseterms",
            name="payments_caseterms_run_forward",
        ),
        migrations.RemoveConstraint(
            model_name="dispute",
            name="payments_dispute_one_for_a_payment",
        ),
        migrations.RemoveConstraint(
            model_name="dispute",
            name="payments_dispute_words_known",
        ),
        migrations.RemoveConstraint(
            model_name="dispute",
            name="payments_dispute_decided_by_somebody",
        ),
        migrations.RemoveConstraint(
            model_name="dispute",
            name="payments_dispute_large_takes_two",
        ),
        migrations.RemoveConstraint(
            model_name="statementline",
            name="payments_statementline_words_known",
        ),
        migrations.AddField(
            model_name="caseterms",
            name="chargeback_days",
            field=models.SmallIntegerField(db_default=45, default=45),
        ),
        migrations.AlterField(
            model_name="dispute",
            name="opened_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="statementline",
            name="resolution",
            field=models.CharField(
                blank=True,
                choices=[
                    ("as_before", "As Before"),
                    ("superseded", "Superseded"),
                    ("charge", "Charge"),
                    ("offset", "Offset"),
                    ("explained", "Explained"),
                    ("by_hand", "By Hand"),
                    ("written_off", "Written Off"),
                    ("parted", "Parted"),
                    ("chargeback", "Chargeback"),
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="caseterms",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("analysis_days__gt", 0),
                    ("answer_days__gt", 0),
                    ("block_hours__gt", 0),
                    ("chargeback_days__gt", 0),
                    ("chase_days__gte", 0),
                    ("four_eyes_above_minor__gte", 0),
                    ("report_days__gt", 0),
                    ("return_hours__gt", 0),
                ),
                name="payments_caseterms_run_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["withdrawn", "expired"]), _negated=True),
                    models.Q(("kind", "chargeback"), _negated=True),
                ),
                fields=("payment",),
                name="payments_dispute_one_for_a_payment",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("kind", "chargeback"),
                    ("state__in", ["opened", "evidence_due", "under_review"]),
                ),
                fields=("payment",),
                name="payments_dispute_one_open_chargeback",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "chargeback"), ("opened_by__isnull", False), _connector="OR"
                ),
                name="payments_dispute_opened_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "opened",
                            "evidence_due",
                            "under_review",
                            "won",
                            "lost",
                            "withdrawn",
                            "expired",
                        ],
                    ),
                    ("kind__in", ["fraud", "commercial", "chargeback"]),
                    (
                        "reason__in",
                        [
                            "not_me",
                            "coerced",
                            "tricked",
                            "not_received",
                            "not_as_described",
                            "damaged",
                            "wrong_amount",
                            "paid_twice",
                            "order_cancelled",
                            "other",
                        ],
                    ),
                    ("proposed__in", ["", "won", "lost"]),
                ),
                name="payments_dispute_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["won", "lost"]), _negated=True),
                    ("kind", "chargeback"),
                    ("decided_by__isnull", False),
                    _connector="OR",
                ),
                name="payments_dispute_decided_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["won", "lost"]), _negated=True),
                    ("kind", "chargeback"),
                    ("amount_minor__lte", models.F("approval_above_minor")),
                    ("proposed_by__isnull", False),
                    _connector="OR",
                ),
                name="payments_dispute_large_takes_two",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["movement", "charge", "return", "reversal", "remainder"]),
                    (
                        "resolution__in",
                        [
                            "",
                            "as_before",
                            "superseded",
                            "charge",
                            "offset",
                            "explained",
                            "by_hand",
                            "written_off",
                            "parted",
                            "chargeback",
                        ],
                    ),
                ),
                name="payments_statementline_words_known",
            ),
        ),
        migrations.AddField(
            model_name="chargeback",
            name="dispute",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="chargeback",
                to="payments.dispute",
            ),
        ),
        migrations.AddField(
            model_name="chargeback",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="chargebacks",
                to="payments.payment",
            ),
        ),
        migrations.AddIndex(
            model_name="chargeback",
            index=models.Index(
                condition=models.Q(("looks_at", ""), _negated=True),
                fields=["told_at"],
                name="payments_chargeback_to_look_at",
            ),
        ),
        migrations.AddIndex(
            model_name="chargeback",
            index=models.Index(
                condition=models.Q(("reversal_id", ""), _negated=True),
                fields=["bank", "reversal_id"],
                name="payments_chargeback_way_back",
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeback",
            constraint=models.UniqueConstraint(
                fields=("bank", "chargeback_id"), name="payments_chargeback_counts_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeback",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)),
                name="payments_chargeback_amount_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="chargeback",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["disputed", "apart", "reversed"]),
                    models.Q(
                        models.Q(("state", "disputed"), _negated=True),
                        ("dispute__isnull", False),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("state", "apart"), _negated=True),
                        ("dispute__isnull", True),
                        _connector="OR",
                    ),
                    models.Q(
                        models.Q(("state", "reversed"), _negated=True),
                        models.Q(("reversal_id", ""), _negated=True),
                        _connector="OR",
                    ),
                ),
                name="payments_chargeback_state_fits",
            ),
        ),
    ]
