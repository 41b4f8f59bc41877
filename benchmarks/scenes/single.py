"""One transfer by one call: at 4 and at 16 clients."""

from benchmarks.figures import Figure, Plan, in_pairs, make_figure
from benchmarks.house import House
from benchmarks.pgbench import SCRIPTS, Load, Ran, run_script
from benchmarks.world import Books

GOAL = 1.5
CLIENTS = (4, 16)


def play(house: House, plan: Plan, books: Books) -> list[Figure]:
    """Return the rates of single postings between many accounts."""
    return [_with(house, plan, books, clients) for clients in CLIENTS]


def _with(house: House, plan: Plan, books: Books, clients: int) -> Figure:
    def ours(_pair: int) -> Ran:
        load = Load(clients, plan.seconds, variables=books.range)
        return run_script(house.pgbench, house.product, SCRIPTS / "single.sql", load)

    measured = in_pairs(house, plan, clients=clients, ours=ours)
    return make_figure(f"single posting, {clients} clients", measured, GOAL)
