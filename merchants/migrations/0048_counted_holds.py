"""What pictures, logos and quick replies show is counted: files from before have no count."""

from django.db import migrations

COUNT = """
UPDATE messaging_mediafile AS file
   SET holds = shown.n, expires_at = NULL
  FROM (SELECT media_id, count(*) AS n
          FROM (SELECT media_id FROM merchants_productpicture
                UNION ALL
                SELECT logo_id FROM merchants_shop WHERE logo_id IS NOT NULL
                UNION ALL
                SELECT media_id FROM merchants_quickreply WHERE media_id IS NOT NULL) AS each
         GROUP BY media_id) AS shown
 WHERE file.id = shown.media_id AND file.removed_at IS NULL AND file.holds <> shown.n;
"""


class Migration(migrations.Migration):
    dependencies = [("merchants", "0047_labels_removed"), ("messaging", "0020_holds")]

    operations = [migrations.RunSQL([(COUNT, None)], migrations.RunSQL.noop)]
