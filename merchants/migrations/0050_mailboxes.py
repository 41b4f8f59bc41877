"""An address also says which mailbox it leads to."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("merchants", "0049_mailed_again")]

    operations = [
        migrations.AddField(
            model_name="statementmail",
            name="mailbox",
            field=models.CharField(db_default="", default="", editable=False, max_length=320),
        ),
    ]
