from django.db import migrations, models


class Migration(migrations.Migration):
    """When each line of the clock last ran, and who runs it."""

    dependencies = [("core", "0001_core")]

    operations = [
        migrations.CreateModel(
            name="Tick",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=64, unique=True)),
                ("begun_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("worked_by", models.CharField(blank=True, default="", max_length=120)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("last_error", models.TextField(blank=True, default="")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("leased_until__isnull", True),
                            ("lease_token__isnull", False),
                            _connector="OR",
                        ),
                        name="core_tick_lease_has_token",
                    )
                ],
            },
        ),
    ]
