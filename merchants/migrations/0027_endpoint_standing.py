"""An endpoint is quick, slow, failing, or was not asked yet: not only proven or not."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("merchants", "0026_line_secrets_and_news"),
    ]

    operations = [
        migrations.AddField(
            model_name="webhookendpoint",
            name="standing",
            field=models.CharField(
                choices=[
                    ("untried", "Untried"),
                    ("quick", "Quick"),
                    ("slow", "Slow"),
                    ("failing", "Failing"),
                ],
                db_default="untried",
                default="untried",
                max_length=8,
            ),
        ),
        migrations.RunSQL(
            "UPDATE merchants_webhookendpoint SET standing = 'quick' WHERE is_proven",
            "UPDATE merchants_webhookendpoint SET is_proven = standing = 'quick'",
        ),
        migrations.RemoveField(
            model_name="webhookendpoint",
            name="is_proven",
        ),
        migrations.AddConstraint(
            model_name="webhookendpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("standing__in", ["untried", "quick", "slow", "failing"])),
                name="merchants_webhookendpoint_standing_known",
            ),
        ),
    ]
