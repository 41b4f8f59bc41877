"""A label that was removed can be brought back for a while."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("merchants", "0046_statement_mails")]

    operations = [
        migrations.AddField(
            model_name="label",
            name="removed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RemoveConstraint(model_name="label", name="merchants_label_one_per_name"),
        migrations.AddConstraint(
            model_name="label",
            constraint=models.UniqueConstraint(
                models.F("shop"),
                django.db.models.functions.text.Lower("name"),
                condition=models.Q(("removed_at__isnull", True)),
                name="merchants_label_one_per_name",
            ),
        ),
    ]
