"""Shops that have closed already are paid nothing any more either."""

from django.db import migrations

CLOSE = """
UPDATE people_party AS party SET closed_at = shop.closed_at
  FROM merchants_shop AS shop
 WHERE shop.party_id = party.id AND shop.closed_at IS NOT NULL AND party.closed_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("merchants", "0051_mailboxes_found"), ("people", "0021_parties_close")]

    operations = [migrations.RunSQL([(CLOSE, None)], migrations.RunSQL.noop)]
