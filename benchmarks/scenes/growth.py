"""The same posting on small books and on large ones."""

from benchmarks.figures import Figure, Plan, in_pairs, make_figure
from benchmarks.house import House
from benchmarks.pgbench import SCRIPTS, Load, Ran, run_script
from benchmarks.world import Books

GOAL = 0.85
CLIENTS = 4
SIZE = 1000
WRITERS = 2
_COUNT = "SELECT count(*) FROM payments_ledgertransfer"


def measure(house: House, plan: Plan, books: Books) -> tuple[int, Figure]:
    """Return how many transfers there are, and the ratio of posting to the reference."""

    def ours(_pair: int) -> Ran:
        load = Load(CLIENTS, plan.seconds, variables=books.range)
        return run_script(house.pgbench, house.product, SCRIPTS / "single.sql", load)

    count = int(house.ask(_COUNT))
    return count, make_figure("posting", in_pairs(house, plan, clients=CLIENTS, ours=ours), None)


def play(house: House, plan: Plan, books: Books, small: tuple[int, Figure]) -> list[Figure]:
    """Fill the books by batches and return what posting costs then, beside what it cost before."""
    missing = max(plan.transfers - int(house.ask(_COUNT)), 0)
    calls = missing // (SIZE * WRITERS)
    if calls:
        load = Load(WRITERS, transactions=calls, variables={**books.range, "size": SIZE})
        run_script(house.pgbench, house.product, SCRIPTS / "batch.sql", load)
    house.tell("VACUUM ANALYZE payments_ledgertransfer")
    before, first = small
    count, last = measure(house, plan, books)
    notes = {
        "transfers before": before,
        "transfers now": count,
        "ratio to TPC-B before": first.ratio,
        "ratio to TPC-B now": last.ratio,
        "CPU before, µs": first.cpu_us,
    }
    figure = Figure(
        f"posting on {count / 1e6:.1f} M transfers beside {before / 1e3:.0f} k, 4 clients",
        last.ours,
        first.ours,
        round(last.ratio / first.ratio, 2),
        GOAL,
        last.cpu_us,
        notes,
    )
    return [figure]
