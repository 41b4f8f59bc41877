"""What a product's price is for, how long it takes to be ready, and a word on taxes."""

from django.db import migrations, models
from django.db.models import Q

UNITS = [
    ("each", "Each"),
    ("dozen", "Dozen"),
    ("portion", "Portion"),
    ("pack", "Pack"),
    ("100g", "Hundred Grams"),
    ("kg", "Kilogram"),
    ("g", "Gram"),
    ("l", "Litre"),
    ("ml", "Millilitre"),
    ("m", "Metre"),
    ("hour", "Hour"),
    ("day", "Day"),
]


def unit_field() -> models.CharField:
    """Return the field that products and lines of orders have."""
    return models.CharField(max_length=8, choices=UNITS, default="", blank=True, db_default="")


def note_field() -> models.CharField:
    """Return the field that products and lines of orders have."""
    return models.CharField(max_length=200, default="", blank=True, db_default="")


class Migration(migrations.Migration):
    dependencies = [("merchants", "0042_paper_links")]

    operations = [
        migrations.AddField("product", "unit", unit_field()),
        migrations.AddField(
            "product", "preparation_minutes", models.PositiveIntegerField(null=True, blank=True)
        ),
        migrations.AddField("product", "tax_note", note_field()),
        migrations.AddField("orderline", "unit_code", unit_field()),
        migrations.AddField(
            "orderline", "preparation_minutes", models.PositiveIntegerField(null=True, blank=True)
        ),
        migrations.AddField("orderline", "tax_note", note_field()),
        migrations.AddConstraint(
            "product",
            models.CheckConstraint(
                condition=Q(unit__in=["", *(code for code, _words in UNITS)]),
                name="merchants_product_unit_known",
            ),
        ),
        migrations.AddConstraint(
            "product",
            models.CheckConstraint(
                condition=Q(preparation_minutes__isnull=True) | Q(preparation_minutes__lte=10_080),
                name="merchants_product_preparation_sane",
            ),
        ),
    ]
