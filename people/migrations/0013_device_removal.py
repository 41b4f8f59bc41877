"""A challenge for removing a device that was there before the one that asks."""

from django.db import migrations, models

_BEFORE = ["pin", "unfreeze", "going_out", "passkey", "recovery", "duress"]
_NOW = [*_BEFORE, "device_removal"]


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0012_approvals"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="challenge", name="people_challenge_purpose_known"),
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
                    ("device_removal", "Device Removal"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", _NOW)),
                name="people_challenge_purpose_known",
            ),
        ),
    ]
