"""The tables of the kernel: ledger, funding, demands, quotes, limits, payments."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0002_audit_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Leg",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=8)),
                ("rail", models.CharField(max_length=32)),
                ("bank", models.CharField(max_length=32)),
                ("account_token", models.CharField(max_length=128)),
                ("state", models.CharField(default="pending", max_length=12)),
                ("created_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Demand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("reference", models.CharField(max_length=64)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("conversation_ref", models.CharField(max_length=64, null=True)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "payee",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
                (
                    "payer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FeeRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("kind", models.CharField(max_length=24)),
                ("basis_points", models.SmallIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "kind"), name="payments_feerule_one_price"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("basis_points__gte", 0), ("basis_points__lte", 10000)),
                        name="payments_feerule_is_a_share",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FundingSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("kind", models.CharField(max_length=16)),
                ("bank", models.CharField(max_length=32)),
                ("token", models.CharField(max_length=128)),
                ("last4", models.CharField(blank=True, default="", max_length=4)),
                ("is_default", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("verified_at", models.DateTimeField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.party",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=24)),
                ("party_id", models.BigIntegerField(null=True)),
                ("bank", models.CharField(default="", max_length=32)),
                ("currency", models.CharField(max_length=3)),
                ("balance", models.BigIntegerField(default=0)),
                ("floor", models.BigIntegerField(null=True)),
                ("takes_inbox", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "currency", "party_id", "bank"),
                        name="payments_ledgeraccount_one_per_owner",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("floor__isnull", True),
                            ("balance__gte", models.F("floor")),
                            _connector="OR",
                        ),
                        name="payments_ledgeraccount_floor_holds",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("party_id__isnull", True), ("bank", ""), _connector="OR"
                        ),
                        name="payments_ledgeraccount_one_owner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")),
                        name="payments_ledgeraccount_currency_iso4217",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerInbox",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("transfer_id", models.UUIDField()),
                ("delta_minor", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["account_id"], name="payments_inbox_of_account")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("delta_minor", 0), _negated=True),
                        name="payments_ledgerinbox_changes_something",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerTransfer",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(editable=False, unique=True)),
                ("journal", models.UUIDField()),
                ("kind", models.CharField(max_length=24)),
                ("debit_id", models.BigIntegerField()),
                ("credit_id", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("debit_after", models.BigIntegerField(null=True)),
                ("credit_after", models.BigIntegerField(null=True)),
                ("payment_ref", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["debit_id", "seq"], name="payments_transfer_debit"),
                    models.Index(fields=["credit_id", "seq"], name="payments_transfer_credit"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)),
                        name="payments_ledgertransfer_amount_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("debit_id", models.F("credit_id")), _negated=True),
                        name="payments_ledgertransfer_two_accounts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("instruction_id", models.CharField(max_length=35, unique=True)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("asked_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=12)),
                ("bank_reference", models.CharField(blank=True, default="", max_length=64)),
                ("reason", models.CharField(blank=True, default="", max_length=140)),
                ("look_ups", models.SmallIntegerField(default=0)),
                ("look_up_at", models.DateTimeField(null=True)),
                (
                    "leg",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempt",
                        to="payments.leg",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LimitRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("kind", models.CharField(max_length=24)),
                ("name", models.CharField(max_length=40)),
                ("side", models.CharField(max_length=8)),
                ("window", models.CharField(max_length=8)),
                ("measure", models.CharField(max_length=8)),
                ("value", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("source", models.CharField(max_length=300)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("country", "kind", "name"), name="payments_limitrule_one_per_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value__gte", 0)),
                        name="payments_limitrule_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["person_to_person", "purchase"]),
                            ("side__in", ["sent", "received"]),
                            ("window__in", ["payment", "day", "month", "night"]),
                            ("measure__in", ["amount", "count"]),
                        ),
                        name="payments_limitrule_words_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitUsage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("party_id", models.BigIntegerField()),
                ("rule_id", models.BigIntegerField()),
                ("window_key", models.CharField(max_length=16)),
                ("used", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("party_id", "rule_id", "window_key"),
                        name="payments_limitusage_one_counter",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("used__gte", 0)),
                        name="payments_limitusage_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("kind", models.CharField(max_length=24)),
                ("country", models.CharField(max_length=2)),
                ("payer_id", models.BigIntegerField()),
                ("payee_id", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("fee_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("proof_id", models.CharField(max_length=40, unique=True)),
                ("idempotency_key", models.CharField(max_length=255)),
                ("state", models.CharField(max_length=24)),
                ("failure_code", models.CharField(blank=True, default="", max_length=40)),
                ("note", models.CharField(blank=True, default="", max_length=140)),
                ("conversation_ref", models.CharField(max_length=64, null=True)),
                ("limits_taken", models.JSONField(default=list)),
                ("created_at", models.DateTimeField()),
                ("arrives_by", models.DateTimeField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                (
                    "demand",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="payments.demand",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.fundingsource",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="leg",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="legs",
                to="payments.payment",
            ),
        ),
        migrations.CreateModel(
            name="PaymentMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.SmallIntegerField()),
                ("from_state", models.CharField(blank=True, default="", max_length=24)),
                ("to_state", models.CharField(max_length=24)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=40)),
                ("reason", models.CharField(blank=True, default="", max_length=200)),
                ("most_recent", models.BooleanField(default=True)),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="payments.payment",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PayoutAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("bank", models.CharField(max_length=32)),
                ("token", models.CharField(max_length=128)),
                ("last4", models.CharField(blank=True, default="", max_length=4)),
                ("holder_name", models.CharField(max_length=140)),
                ("verified_at", models.DateTimeField()),
                ("replaced_at", models.DateTimeField(null=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
        ),
        migrations.CreateModel(
            name="Quote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.CharField(max_length=40, unique=True)),
                ("payer_id", models.BigIntegerField()),
                ("payee_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=24)),
                ("amount_minor", models.BigIntegerField()),
                ("fee_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("note", models.CharField(blank=True, default="", max_length=140)),
                ("signed_text", models.TextField()),
                ("digest", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("arrives_by", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "demand",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.demand",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.fundingsource",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="payment",
            name="quote",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payment",
                to="payments.quote",
            ),
        ),
        migrations.AddConstraint(
            model_name="demand",
            constraint=models.UniqueConstraint(
                fields=("kind", "reference"), name="payments_demand_one_per_reference"
            ),
        ),
        migrations.AddConstraint(
            model_name="demand",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="payments_demand_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="demand",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("payer__isnull", True),
                    models.Q(("payer", models.F("payee")), _negated=True),
                    _connector="OR",
                ),
                name="payments_demand_two_parties",
            ),
        ),
        migrations.AddConstraint(
            model_name="demand",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["order", "request", "link"])),
                name="payments_demand_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundingsource",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)),
                fields=("party",),
                name="payments_fundingsource_one_default",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundingsource",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at__isnull", True)),
                fields=("party", "bank", "token"),
                name="payments_fundingsource_token_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundingsource",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_default", False),
                    models.Q(("removed_at__isnull", True), ("verified_at__isnull", False)),
                    _connector="OR",
                ),
                name="payments_fundingsource_default_usable",
            ),
        ),
        migrations.AddConstraint(
            model_name="fundingsource",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["bank_account", "debit_card", "credit_card", "prepaid_card", "balance"],
                    )
                ),
                name="payments_fundingsource_kind_known",
            ),
        ),
        migrations.AddIndex(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("look_up_at__isnull", False)),
                fields=["look_up_at"],
                name="payments_attempt_to_look_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__in", ["", "executed", "rejected", "not_sent", "unknown"])
                ),
                name="payments_attempt_outcome_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("look_ups__gte", 0)), name="payments_attempt_look_ups_count"
            ),
        ),
        migrations.AddConstraint(
            model_name="leg",
            constraint=models.UniqueConstraint(
                fields=("payment", "kind"), name="payments_leg_one_per_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="leg",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["debit", "credit", "return"]),
                    ("state__in", ["pending", "executed", "refused", "unknown"]),
                ),
                name="payments_leg_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmove",
            constraint=models.UniqueConstraint(
                condition=models.Q(("most_recent", True)),
                fields=("payment",),
                name="payments_paymentmove_one_newest",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmove",
            constraint=models.UniqueConstraint(
                fields=("payment", "position"), name="payments_paymentmove_numbered"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmove",
            constraint=models.CheckConstraint(
                condition=models.Q(("from_state", models.F("to_state")), _negated=True),
                name="payments_paymentmove_moves",
            ),
        ),
        migrations.AddConstraint(
            model_name="payoutaccount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaced_at__isnull", True)),
                fields=("party",),
                name="payments_payoutaccount_one_current",
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="payments_quote_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fee_minor__gte", 0), ("fee_minor__lte", models.F("amount_minor"))
                ),
                name="payments_quote_fee_within_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.CheckConstraint(
                condition=models.Q(("payer_id", models.F("payee_id")), _negated=True),
                name="payments_quote_two_parties",
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["person_to_person", "purchase"])),
                name="payments_quote_kind_known",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["payer_id", "-id"], name="payments_payment_sent"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["payee_id", "-id"], name="payments_payment_received"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("completed_at__isnull", False)),
                fields=["payee_id", "completed_at"],
                name="payments_payment_sold",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("state__in", ["authorized", "processing", "unknown"])),
                fields=["id"],
                name="payments_payment_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                fields=("payer_id", "idempotency_key"), name="payments_payment_one_per_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("state__in", ["failed", "cancelled", "returned"]), _negated=True
                ),
                fields=("demand",),
                name="payments_payment_one_live_per_demand",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="payments_payment_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fee_minor__gte", 0), ("fee_minor__lte", models.F("amount_minor"))
                ),
                name="payments_payment_fee_within_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("payer_id", models.F("payee_id")), _negated=True),
                name="payments_payment_two_parties",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "authorized",
                            "processing",
                            "completed",
                            "failed",
                            "unknown",
                            "cancelled",
                            "returned",
                            "pending_claim",
                            "partially_refunded",
                            "refunded",
                            "disputed",
                        ],
                    ),
                    ("kind__in", ["person_to_person", "purchase"]),
                ),
                name="payments_payment_words_known",
            ),
        ),
    ]
