"""What the tables' classes say is unique or checked stands in the database, by its name."""

import pytest
from django.apps import apps
from django.db import connection

from tests.tidy.source import APPS


@pytest.mark.django_db
def test_every_constraint_and_index_of_the_classes_stands() -> None:
    """A migration may take one away by accident: Django drops an index by its columns."""
    wanted = set()
    for app in ("core", *APPS):
        for model in apps.get_app_config(app).get_models():
            named = [*model._meta.constraints, *model._meta.indexes]  # noqa: SLF001
            wanted |= {each.name for each in named}
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT relname FROM pg_class")
        found = {name for (name,) in cursor.fetchall()}
    assert sorted(wanted - found) == []
