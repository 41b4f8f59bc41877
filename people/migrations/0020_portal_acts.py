from django.db import migrations, models

PURPOSES = [
    ("pin", "Pin"),
    ("unfreeze", "Unfreeze"),
    ("going_out", "Going Out"),
    ("passkey", "Passkey"),
    ("recovery", "Recovery"),
    ("duress", "Duress"),
    ("device_removal", "Device Removal"),
    ("portal_act", "Portal Act"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0019_web_sessions"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="challenge",
            name="people_challenge_purpose_known",
        ),
        migrations.AlterField(
            model_name="challenge",
            name="purpose",
            field=models.CharField(choices=PURPOSES, max_length=20),
        ),
        migrations.AddConstraint(
            model_name="challenge",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", [code for code, _words in PURPOSES])),
                name="people_challenge_purpose_known",
            ),
        ),
    ]
