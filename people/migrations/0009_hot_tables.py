"""No foreign keys on the proofs that every payment uses up."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# Nobody searches ids by pattern; Django makes these beside every unique text.
UNUSED = "DROP INDEX IF EXISTS people_proof_public_id_1bbcf9b4_like"


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0008_recoveries"),
    ]

    operations = [
        migrations.AlterField(
            model_name="proof",
            name="device",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proofs",
                to="people.device",
            ),
        ),
        migrations.AlterField(
            model_name="proof",
            name="passkey",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.passkey",
            ),
        ),
        migrations.AlterField(
            model_name="proof",
            name="person",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="proofs",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(UNUSED, migrations.RunSQL.noop),
    ]
