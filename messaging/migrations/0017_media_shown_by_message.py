"""A file is shown by messages, each with its number: who joins later sees none of the earlier."""

from django.db import migrations, models

# What is inserted is checked at once, so that the table may be altered in the same transaction.
_EACH = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO messaging_mediashown (media_id, conversation_id, times, first_seq, last_seq, seq)
SELECT shown.media_id, shown.conversation_id, 1, 0, 0, said.seq
  FROM messaging_mediashown AS shown
  JOIN messaging_mediafile AS file ON file.id = shown.media_id
  JOIN messaging_message AS said
    ON said.conversation_id = shown.conversation_id AND said.deleted_at IS NULL
   AND said.content ->> 'media' = file.public_id
 WHERE shown.times > 0;
DELETE FROM messaging_mediashown WHERE seq = 0;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0016_presence")]

    operations = [
        migrations.RemoveConstraint(model_name="mediashown", name="messaging_mediashown_once"),
        migrations.AddField(
            model_name="mediashown",
            name="seq",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunSQL(_EACH, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="mediashown", name="messaging_mediashown_counts"),
        migrations.RemoveField(model_name="mediashown", name="times"),
        migrations.RemoveField(model_name="mediashown", name="first_seq"),
        migrations.RemoveField(model_name="mediashown", name="last_seq"),
        migrations.AddConstraint(
            model_name="mediashown",
            constraint=models.UniqueConstraint(
                fields=("media", "conversation", "seq"), name="messaging_mediashown_once"
            ),
        ),
    ]
