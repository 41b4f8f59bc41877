"""``python -m benchmarks.one_statement BANK FILE``: import one statement and say what it cost."""

import json
import sys
import time
from importlib import import_module
from pathlib import Path

import django


def main() -> int:
    """Import, match and prove; the answer is 1 when not every line was matched."""
    django.setup()
    models = import_module("payments.models")
    storing = import_module("payments.services.storing")
    reconciliation = import_module("payments.services.reconciliation")
    read = import_module("payments.rails.camt053").read_statement
    idle_mb = _rss_mb()
    bank = models.Bank.objects.get(slug=sys.argv[1])
    began = time.monotonic()
    with Path(sys.argv[2]).open("rb") as file:
        statement_id = storing.store_statement(bank_id=bank.pk, file=read(file))
        stored = time.monotonic()
        reconciliation.finish_statement(statement_id=statement_id)
    ended = time.monotonic()
    lines = models.StatementLine.objects.filter(statement__public_id=statement_id)
    is_whole = not lines.exclude(state="matched").exists()
    is_proven = models.DayProof.objects.get(statement__public_id=statement_id).is_proven
    seen = {
        "seconds": round(ended - began, 2),
        "of it importing": round(stored - began, 2),
        "rss_mb": round(_rss_mb(), 1),
        "before the import, MB": round(idle_mb, 1),
        "all matched and proven": is_whole and is_proven,
    }
    sys.stdout.write(json.dumps(seen) + "\n")
    return 0 if is_whole and is_proven else 1


def _rss_mb() -> float:
    """Return the most memory that this program had at once.

    What ``getrusage`` tells outlives the change of program: it would be that of whoever started
    this one, where that was more.
    """
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    sys.exit(main())
