"""``python -m benchmarks``: bring up a Postgres, measure, prove the books, write the page."""

import argparse
import sys
from dataclasses import replace
from importlib import import_module

from benchmarks.figures import Figure, Plan
from benchmarks.house import House, open_house
from benchmarks.pgbench import PgbenchMissing
from benchmarks.report import show, write

WHOLE = Plan(
    seconds=5, pairs=3, transfers=5_000_000, payments=1_500, requests=1_500, pin_requests=200
)
QUICK = Plan(seconds=2, pairs=3, transfers=200_000, payments=500, requests=1_000, pin_requests=120)
SCENES = ("single", "batch", "hot", "payment", "http", "growth", "statement")
TALK = ("talk", "idle")
PORTAL = "portal"


def main() -> int:
    """Run the scenes asked for; the answer is 1 when the books do not hold afterwards."""
    asked = _parse()
    plan = QUICK if asked.quick else WHOLE
    if asked.transfers:
        plan = replace(plan, transfers=asked.transfers)
    try:
        with open_house() as house:
            talk = [each for each in asked.only or TALK if each in TALK]
            if talk:
                # Django is ready only now.
                import_module("benchmarks.talk.run").play(
                    house, talk, is_quick=asked.quick, is_written=not asked.only or asked.write
                )
            if PORTAL in (asked.only or (PORTAL,)):
                import_module("benchmarks.portal.run").play(
                    house, is_quick=asked.quick, is_written=not asked.only or asked.write
                )
            money = [each for each in asked.only or SCENES if each in SCENES]
            if not money:
                return 0
            figures = run(house, plan, money)
            proven = import_module("benchmarks.proof").prove()
    except PgbenchMissing as missing:
        sys.stderr.write(f"{missing}\n")
        return 2
    if not asked.only or asked.write:
        write(figures, proven, SCENES, is_quick=asked.quick)
    return 0 if proven.is_proven else 1


def run(house: House, plan: Plan, scenes: list[str] | tuple[str, ...]) -> list[Figure]:
    """Play the scenes and return their figures; each is shown as soon as it is known."""
    # Django is ready only now.
    world = import_module("benchmarks.world")
    books = world.fill_books(house)
    figures: list[Figure] = []
    small = None
    if "growth" in scenes:
        small = _scene("growth").measure(house, plan, books)
    crowd = None
    if {"payment", "http", "statement"} & set(scenes):
        world.open_land()
    if {"payment", "http"} & set(scenes):
        crowd = import_module("benchmarks.people").gather_crowd(house)
    for name in scenes:
        scene = _scene(name)
        if name == "growth":
            found = scene.play(house, plan, books, small)
        elif name in {"payment", "http"}:
            found = scene.play(house, plan, crowd)
        else:
            found = scene.play(house, plan, books)
        for figure in found:
            show(figure)
        figures += [replace(each, scene=name) for each in found]
    return figures


def _scene(name: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - A module.
    return import_module(f"benchmarks.scenes.{name}")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer seconds and smaller books")
    parser.add_argument(
        "--only", nargs="+", choices=(*SCENES, *TALK, PORTAL), help="some scenes; writes nothing"
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write them all the same, beside what other scenes left",
    )
    parser.add_argument("--transfers", type=int, help="grow the books to so many transfers")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
