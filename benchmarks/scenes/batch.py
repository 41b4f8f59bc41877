"""Many transfers by one call: one writer with a thousand each, five writers with fifty each."""

from benchmarks.figures import Figure, Plan, in_pairs, make_figure
from benchmarks.house import House
from benchmarks.pgbench import SCRIPTS, Load, Ran, run_script
from benchmarks.world import Books

GOAL = 5.0
SHAPES = ((1, 1000), (5, 50))
REFERENCE_CLIENTS = 4
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def play(house: House, plan: Plan, books: Books) -> list[Figure]:
    """Return the rates of batches, with the deadlocks they met."""
    return [_with(house, plan, books, writers, size) for writers, size in SHAPES]


def _with(house: House, plan: Plan, books: Books, writers: int, size: int) -> Figure:
    def ours(_pair: int) -> Ran:
        variables = {**books.range, "size": size}
        load = Load(writers, plan.seconds, variables=variables)
        return run_script(house.pgbench, house.product, SCRIPTS / "batch.sql", load)

    before = house.ask(_DEADLOCKS)
    measured = in_pairs(house, plan, clients=REFERENCE_CLIENTS, ours=ours, each=size)
    deadlocks = house.ask(_DEADLOCKS) - before
    return make_figure(f"batch, {writers} writers × {size}", measured, GOAL, deadlocks=deadlocks)
