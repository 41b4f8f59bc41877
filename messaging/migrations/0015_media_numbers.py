"""What was shown before numbers were kept was shown all along."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0014_media_shown")]

    operations = [
        migrations.RunSQL(
            "UPDATE messaging_mediashown AS shown SET first_seq = 1, last_seq = talk.last_seq"
            "  FROM messaging_conversation AS talk WHERE talk.id = shown.conversation_id",
            migrations.RunSQL.noop,
        ),
    ]
