"""A business may close: it is paid nothing from then on."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = {
    "people_share_open_v1": "bigint",
    "people_close_party_v1": "bigint, timestamptz",
    "people_payment_facts_v3": "bigint, bigint, text[]",
}


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0020_portal_acts"),
    ]

    operations = [
        migrations.AddField(
            model_name="party",
            name="closed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="party",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True), ("kind", "business"), _connector="OR"
                ),
                name="people_party_only_a_business_closes",
            ),
        ),
        *(
            migrations.RunSQL(
                [((SQL / f"{name}.sql").read_text(encoding="utf-8"), None)],
                f"DROP FUNCTION {name}({arguments})",
            )
            for name, arguments in FUNCTIONS.items()
        ),
    ]
