"""How much goes out under duress, and how it stands with that when a payment is made."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0017_hot_tables"),
        ("people", "0011_duress"),
    ]

    operations = [
        migrations.AddField(
            model_name="country",
            name="duress_minor",
            field=models.BigIntegerField(default=5000),
        ),
        migrations.AddConstraint(
            model_name="country",
            constraint=models.CheckConstraint(
                condition=models.Q(("duress_minor__gte", 0)),
                name="payments_country_duress_not_negative",
            ),
        ),
        migrations.RunSQL(
            (SQL / "payments_standing_v2.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION payments_standing_v2(bigint, text, text, text[], timestamptz)",
        ),
    ]
