"""A batch's file in parts, and how far each batch is; files that are kept already become parts."""

import django.db.models.deletion
from django.db import migrations, models

SPLIT = """
INSERT INTO payments_filepart (batch_id, build, position, content)
SELECT batch.id, md5(batch.message_id)::uuid, part,
       substring(batch.file_bytes FROM (part - 1) * 1048576 + 1 FOR 1048576)
  FROM payments_settlementbatch AS batch
 CROSS JOIN LATERAL generate_series(1, (octet_length(batch.file_bytes) + 1048575) / 1048576) AS part
 WHERE batch.file_bytes IS NOT NULL;
UPDATE payments_settlementbatch
   SET file_build = md5(message_id)::uuid, file_size = octet_length(file_bytes),
       written_count = payout_count
 WHERE file_bytes IS NOT NULL;
UPDATE payments_settlementbatch AS batch
   SET answered_count = (
       SELECT count(*) FROM payments_payout AS payout
        WHERE payout.batch_id = batch.id
          AND payout.state NOT IN ('ready', 'claimed', 'sent', 'unknown'));
SET CONSTRAINTS ALL IMMEDIATE;
"""
JOIN = """
UPDATE payments_settlementbatch AS batch
   SET file_bytes = (
       SELECT string_agg(part.content, ''::bytea ORDER BY part.position)
         FROM payments_filepart AS part WHERE part.build = batch.file_build)
 WHERE batch.file_build IS NOT NULL;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0025_breakers"),
    ]

    operations = [
        *(
            migrations.AddField(
                model_name="settlementbatch",
                name=name,
                field=field,
            )
            for name, field in (
                ("claimed_to", models.BigIntegerField(default=0, db_default=0)),
                ("written_count", models.IntegerField(default=0, db_default=0)),
                ("answered_count", models.IntegerField(default=0, db_default=0)),
                ("file_build", models.UUIDField(blank=True, null=True)),
                ("file_size", models.BigIntegerField(default=0, db_default=0)),
            )
        ),
        migrations.CreateModel(
            name="FilePart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("build", models.UUIDField()),
                ("position", models.IntegerField()),
                ("content", models.BinaryField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="payments.settlementbatch",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("build", "position"), name="payments_filepart_numbered"
                    )
                ],
            },
        ),
        migrations.RunSQL(SPLIT, JOIN),
        migrations.RemoveConstraint(
            model_name="settlementbatch",
            name="payments_settlementbatch_file_kept_first",
        ),
        migrations.RemoveField(model_name="settlementbatch", name="file_bytes"),
        migrations.AddConstraint(
            model_name="settlementbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "claimed", "approved", "skipped"]))
                | models.Q(("file_build__isnull", False), ("asked_at__isnull", False)),
                name="payments_settlementbatch_file_kept_first",
            ),
        ),
    ]
