"""What people said is found by its words.

The column is derived by the database, so nothing that writes a message needs to know of it, and
Django does not: a history that is read does not carry it along. A payment's bubble has none, so
refreshing it touches no index.
"""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("messaging_words_v1", "messaging_search_v1", "messaging_query_v1")
COLUMN = """
ALTER TABLE messaging_message ADD COLUMN words tsvector GENERATED ALWAYS AS (
    CASE WHEN kind IN ('text', 'image', 'video', 'document', 'location', 'contact', 'product')
         THEN public.messaging_search_v1(conversation_id, content) END
) STORED
"""
INDEX = """
CREATE INDEX messaging_message_by_words ON messaging_message USING gin (words)
 WHERE words IS NOT NULL
"""
REMOVED = """
DROP INDEX messaging_message_by_words;
ALTER TABLE messaging_message DROP COLUMN words;
DROP FUNCTION messaging_query_v1(text, bigint[]);
DROP FUNCTION messaging_search_v1(bigint, jsonb);
DROP FUNCTION messaging_words_v1(text);
"""


def body(name: str) -> str:
    """Return the text of one version of a function."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [("messaging", "0011_quick")]

    operations = [
        migrations.RunSQL(
            [*((body(name), None) for name in FUNCTIONS), (COLUMN, None), (INDEX, None)], REMOVED
        ),
    ]
