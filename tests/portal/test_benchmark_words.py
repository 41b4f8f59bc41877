"""What stands below the table of the portal's pages is said by the run itself."""

from benchmarks.portal.measured import Measured, verdict

QUICK = Measured("/orders", 11, 144.2, 26.0)


def test_the_slowest_page_is_named_where_all_are_within() -> None:
    pages = [Measured("/", 15, 120.0, 20.0), QUICK]
    assert verdict(pages) == "Every page is within both bounds; the slowest is `/orders`."


def test_every_page_over_a_bound_is_named() -> None:
    pages = [QUICK, Measured("/search", 15, 300.6, 20.0), Measured("/team", 16, 9.0, 5.0)]
    assert verdict(pages) == (
        "Over a bound: `/search` (301 ms, 15 statements), `/team` (9 ms, 16 statements)."
    )
