"""Reconciliation: what lines are and became, money in suspense, missing lines, notifications."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0027_payment_in_one_commit"),
        ("people", "0012_approvals"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LineNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="MissingLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=40)),
                ("transfer_kind", models.CharField(max_length=24)),
                ("held_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("since_date", models.DateField()),
                ("found_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.BigIntegerField()),
                ("notification_reference", models.CharField(blank=True, default="", max_length=64)),
                ("sha256", models.CharField(max_length=64)),
                ("entry_count", models.IntegerField()),
                ("imported_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="NotifiedEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.IntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("movement", "Movement"),
                            ("charge", "Charge"),
                            ("return", "Return"),
                            ("reversal", "Reversal"),
                            ("remainder", "Remainder"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("into", "Into"), ("out_of", "Out Of")], max_length=8
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("end_to_end_id", models.CharField(blank=True, default="", max_length=64)),
                ("instruction_id", models.CharField(blank=True, default="", max_length=64)),
                ("bank_reference", models.CharField(blank=True, default="", max_length=64)),
                ("booked_date", models.DateField()),
                (
                    "evidence",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("told", "Told"),
                            ("known", "Known"),
                            ("differs", "Differs"),
                            ("strange", "Strange"),
                        ],
                        default="new",
                        max_length=8,
                    ),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="statementline",
            name="payments_statementline_numbered",
        ),
        migrations.RemoveConstraint(
            model_name="statementline",
            name="payments_statementline_payout_once",
        ),
        migrations.AddField(
            model_name="statement",
            name="lines_expected",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="statement",
            name="stage",
            field=models.CharField(
                choices=[
                    ("reading", "Reading"),
                    ("matching", "Matching"),
                    ("finished", "Finished"),
                ],
                default="finished",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="approved_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="counterparty",
            field=models.CharField(blank=True, db_default="", default="", max_length=140),
        ),
        migrations.AddField(
            model_name="statementline",
            name="entry",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="statementline",
            name="going_back_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="statementline",
            name="group_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=35),
        ),
        migrations.AddField(
            model_name="statementline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("movement", "Movement"),
                    ("charge", "Charge"),
                    ("return", "Return"),
                    ("reversal", "Reversal"),
                    ("remainder", "Remainder"),
                ],
                db_default="movement",
                default="movement",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="offset_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="offsets",
                to="payments.statementline",
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="part",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="statementline",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=35),
        ),
        migrations.AddField(
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
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="same_as",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="shown_again",
                to="payments.statementline",
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="split_of",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="payments.statementline",
            ),
        ),
        migrations.AddField(
            model_name="statementline",
            name="suspended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="statementline",
            name="written_off_to",
            field=models.CharField(blank=True, db_default="", default="", max_length=24),
        ),
        migrations.AlterField(
            model_name="statementline",
            name="state",
            field=models.CharField(
                choices=[
                    ("new", "New"),
                    ("matched", "Matched"),
                    ("exception", "Exception"),
                    ("suspense", "Suspense"),
                    ("resolved", "Resolved"),
                    ("split", "Split"),
                ],
                default="new",
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(fields=["bank", "net_minor"], name="payments_payout_of_amount"),
        ),
        migrations.AddIndex(
            model_name="payout",
            index=models.Index(
                condition=models.Q(("state__in", ["sent", "accepted", "unknown"])),
                fields=["bank", "holder_name"],
                name="payments_payout_open_payee",
            ),
        ),
        migrations.AddIndex(
            model_name="statement",
            index=models.Index(
                condition=models.Q(("stage__in", ["reading", "matching"])),
                fields=["bank", "id"],
                name="payments_statement_unfinished",
            ),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(fields=["bank", "booked_date"], name="payments_line_of_day"),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(
                condition=models.Q(("same_as__isnull", False)),
                fields=["same_as"],
                name="payments_line_shown_again",
            ),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(
                condition=models.Q(("split_of__isnull", False)),
                fields=["split_of"],
                name="payments_line_parts",
            ),
        ),
        migrations.AddIndex(
            model_name="statementline",
            index=models.Index(
                condition=models.Q(("state__in", ["exception", "suspense"])),
                fields=["bank", "amount_minor"],
                name="payments_line_open_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(("stage__in", ["reading", "matching", "finished"])),
                name="payments_statement_stage_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.UniqueConstraint(
                fields=("statement", "position", "part"), name="payments_statementline_numbered"
            ),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("payout__isnull", False), ("state", "matched")),
                fields=("payout", "kind"),
                name="payments_statementline_payout_once",
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
                        ],
                    ),
                ),
                name="payments_statementline_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("resolution__in", ("by_hand", "written_off", "parted")), _negated=True
                    ),
                    models.Q(
                        ("resolved_by__isnull", False),
                        ("approved_by__isnull", False),
                        models.Q(("approved_by", models.F("resolved_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="payments_statementline_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("suspended_at__isnull", True),
                    ("state__in", ["exception", "suspense"]),
                    _connector="OR",
                ),
                name="payments_statementline_suspended_is_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="statementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("part", 0), ("split_of__isnull", True)),
                    models.Q(("part__gt", 0), ("split_of__isnull", False)),
                    _connector="OR",
                ),
                name="payments_statementline_part_of_one",
            ),
        ),
        migrations.AddField(
            model_name="linenote",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="linenote",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notes",
                to="payments.statementline",
            ),
        ),
        migrations.AddField(
            model_name="missingline",
            name="attempt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.attempt",
            ),
        ),
        migrations.AddField(
            model_name="missingline",
            name="bank",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="missing_lines",
                to="payments.bank",
            ),
        ),
        migrations.AddField(
            model_name="missingline",
            name="payout",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.payout",
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="bank",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notifications",
                to="payments.bank",
            ),
        ),
        migrations.AddField(
            model_name="notifiedentry",
            name="attempt",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.attempt",
            ),
        ),
        migrations.AddField(
            model_name="notifiedentry",
            name="notification",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="payments.notification",
            ),
        ),
        migrations.AddField(
            model_name="notifiedentry",
            name="payout",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.payout",
            ),
        ),
        migrations.AddConstraint(
            model_name="linenote",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True),
                name="payments_linenote_says_something",
            ),
        ),
        migrations.AddIndex(
            model_name="missingline",
            index=models.Index(fields=["bank", "held_minor"], name="payments_missing_amount"),
        ),
        migrations.AddConstraint(
            model_name="missingline",
            constraint=models.UniqueConstraint(
                fields=("bank", "reference", "transfer_kind"), name="payments_missingline_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="missingline",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_minor", 0), _negated=True),
                name="payments_missingline_moves_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(
                fields=("bank", "number"), name="payments_notification_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="notifiedentry",
            constraint=models.UniqueConstraint(
                fields=("notification", "position"), name="payments_notifiedentry_numbered"
            ),
        ),
        migrations.AddConstraint(
            model_name="notifiedentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)),
                name="payments_notifiedentry_amount_positive",
            ),
        ),
        migrations.AddConstraint(
            model_name="notifiedentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("evidence__in", ["new", "told", "known", "differs", "strange"]),
                    ("kind__in", ["movement", "charge", "return", "reversal", "remainder"]),
                ),
                name="payments_notifiedentry_words_known",
            ),
        ),
    ]
