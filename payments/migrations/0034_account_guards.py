"""One CHECK on what a posting changes; what never changes is looked at when it is opened."""

from pathlib import Path

import django.db.models.expressions
from django.db import migrations, models
from django.db.models import F, Q

SQL = Path(__file__).resolve().parents[1] / "sql"
GUARDS = """
CREATE TRIGGER payments_ledgeraccount_opened_well BEFORE INSERT ON payments_ledgeraccount
FOR EACH ROW EXECUTE FUNCTION ledger_guard_account_v1();
CREATE TRIGGER payments_ledgeraccount_stays
BEFORE UPDATE OF kind, currency, party_id, bank ON payments_ledgeraccount
FOR EACH STATEMENT EXECUTE FUNCTION ledger_guard_account_v1();
"""
NO_GUARDS = """
DROP TRIGGER payments_ledgeraccount_stays ON payments_ledgeraccount;
DROP TRIGGER payments_ledgeraccount_opened_well ON payments_ledgeraccount;
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0033_chargebacks")]

    operations = [
        migrations.RunSQL(
            (SQL / "ledger_guard_account_v1.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION ledger_guard_account_v1()",
        ),
        migrations.RunSQL(GUARDS, NO_GUARDS),
        migrations.RemoveConstraint("ledgeraccount", "payments_ledgeraccount_one_owner"),
        migrations.RemoveConstraint("ledgeraccount", "payments_ledgeraccount_currency_iso4217"),
        migrations.RemoveConstraint("ledgeraccount", "payments_ledgeraccount_held_not_negative"),
        migrations.RemoveConstraint("ledgeraccount", "payments_ledgeraccount_floor_holds"),
        migrations.AddConstraint(
            "ledgeraccount",
            models.CheckConstraint(
                condition=Q(
                    (
                        "balance__gte",
                        django.db.models.expressions.CombinedExpression(F("floor"), "+", F("held")),
                    ),
                    ("held__gte", 0),
                ),
                name="payments_ledgeraccount_floor_holds",
            ),
        ),
    ]
