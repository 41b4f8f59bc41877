"""What a member said itself is not unread to it: counted where it lies past the marker."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"
REMOVED = """
DROP FUNCTION messaging_show_payment_v3(
    text, bigint, bigint, bigint, text, jsonb, jsonb, text, text, timestamptz);
"""
COUNTED = """
UPDATE messaging_member AS member SET own_after = own.many, own_after_seq = member.read_seq
  FROM (SELECT place.id, count(*) AS many
          FROM messaging_member AS place
          JOIN messaging_message AS said
            ON said.conversation_id = place.conversation_id AND said.sender_id = place.party_id
           AND said.seq > place.read_seq
           AND (place.left_seq IS NULL OR said.seq <= place.left_seq)
         GROUP BY place.id) AS own
 WHERE own.id = member.id
"""


class Migration(migrations.Migration):
    """Two columns, filled for those who are there, and the function that writes them."""

    dependencies = [("messaging", "0018_send_by_index")]

    operations = [
        migrations.AddField(
            model_name="member",
            name="own_after",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="member",
            name="own_after_seq",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.RunSQL(COUNTED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(("own_after__gte", 0)),
                name="messaging_member_own_after_not_negative",
            ),
        ),
        migrations.RunSQL(
            [((SQL / "messaging_show_payment_v3.sql").read_text(encoding="utf-8"), None)], REMOVED
        ),
    ]
