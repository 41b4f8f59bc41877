"""A second PIN for whoever is forced to pay, and the door through which payments ask."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0010_lookups"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="challenge",
            name="people_challenge_purpose_known",
        ),
        migrations.AddField(
            model_name="pindevice",
            name="duress_hash",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="pindevice",
            name="duress_since",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="pindevice",
            name="duress_told_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="challenge",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("pin", "Pin"),
                    ("unfreeze", "Unfreeze"),
                    ("going_out", "Going Out"),
                    ("passkey", "Passkey"),
                    ("recovery", "Recovery"),
                    ("duress", "Duress"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="pindevice",
            index=models.Index(
                condition=models.Q(("duress_since__isnull", False)),
                fields=["duress_since"],
                name="people_pindevice_in_duress",
            ),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "purpose__in",
                        ["pin", "unfreeze", "going_out", "passkey", "recovery", "duress"],
                    )
                ),
                name="people_challenge_purpose_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="pindevice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("duress_told_at__isnull", True),
                    ("duress_since__isnull", False),
                    _connector="OR",
                ),
                name="people_pindevice_told_of_duress",
            ),
        ),
        migrations.RunSQL(
            (SQL / "people_coerced_since_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION people_coerced_since_v1(bigint)",
        ),
    ]
