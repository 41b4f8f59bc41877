"""Give the products there are a title and a handle of their own."""

from django.db import migrations

NAME = """
UPDATE merchants_product
   SET title = name, handle = replace(lower(public_id), '_', '-')
 WHERE handle = ''
"""


class Migration(migrations.Migration):
    """Every product can be told apart in a file from here on."""

    dependencies = [("merchants", "0019_variants")]
    operations = [migrations.RunSQL(NAME, migrations.RunSQL.noop)]
