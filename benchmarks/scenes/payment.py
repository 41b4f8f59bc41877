"""A complete payment from SQL: the statements that the product sends, from pgbench."""

import json
from pathlib import Path

from benchmarks.figures import Figure, Plan, in_pairs, make_figure
from benchmarks.house import House
from benchmarks.people import Crowd, counted_rules, make_quotes
from benchmarks.pgbench import SCRIPTS, Load, Ran, run_script

GOAL = 1.0
CLIENTS = 4
_CONTENT = {
    "payment": "pay_01JD5X2M9Q8Z7Y6W5V4T3S2R1P",
    "kind": "person_to_person",
    "state": "authorized",
    "amount": {"amount_minor": 100, "currency": "XTS"},
    "fee": {"amount_minor": 0, "currency": "XTS"},
    "refunded": {"amount_minor": 0, "currency": "XTS"},
    "refunding": {"amount_minor": 0, "currency": "XTS"},
    "payer": {"party": "pty_01JD5X2M9Q8Z7Y6W5V4T3S2R1P", "name": "Ana"},
    "payee": {"party": "pty_01JD5X2M9Q8Z7Y6W5V4T3S2R1Q", "name": "Bruno"},
    "note": "",
    "order": None,
    "failure_code": None,
}


def play(house: House, plan: Plan, crowd: Crowd) -> list[Figure]:
    """Return the rate of complete payments from balances."""
    script = write_script(house.folder)
    made = 0

    def ours(_pair: int) -> Ran:
        nonlocal made
        load = ready(house, crowd, made, plan.payments)
        made += plan.payments
        return run_script(house.pgbench, house.product, script, load)

    # Everybody's first payment opens a conversation: not what is measured.
    ours(0)
    ours(0)
    measured = in_pairs(house, plan, clients=CLIENTS, ours=ours)
    figure = make_figure(f"complete payment from SQL, {CLIENTS} clients", measured, GOAL)
    return [figure]


def ready(house: House, crowd: Crowd, made: int, count: int, clients: int = CLIENTS) -> Load:
    """Make what some payments need, and return the load that makes them."""
    variables = {**crowd.variables(counted_rules()), "n": made}
    for client in range(clients):
        start = client * variables["each"] + made + 1
        make_quotes(house, crowd, range(start, start + count))
    return Load(clients, transactions=count, variables=variables)


def write_script(folder: Path) -> Path:
    """Write the script with what a bubble shows in it, and return where."""
    text = (SCRIPTS / "payment.sql").read_text(encoding="utf-8")
    text = text.replace(":content", f"'{json.dumps(_CONTENT)}'::jsonb")
    text = text.replace(":news", f"'{json.dumps(_CONTENT)}'::jsonb")
    script = folder / "payment.sql"
    script.write_text(text, encoding="utf-8")
    return script
