"""The tables of the kernel: ledger, funding, demands, quotes, limits, payments."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
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
        ),
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
            ],
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
            ],
        ),
    ]
