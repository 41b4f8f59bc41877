"""Plays the portal: a shop with 100,000 orders and 1,000,000 messages, each page by itself.

The pages are asked for in this process, by Django's own client through every layer of the product:
what is told is the server's time, without a network and without waiting for a free thread.
"""

import json
import os
import sys
from dataclasses import asdict

from django.test import Client

from benchmarks.house import ROOT, House
from benchmarks.portal.measured import MOST_MS, MOST_STATEMENTS, Measured, measure, verdict
from benchmarks.portal.pages import PATHS
from benchmarks.portal.people import open_counter, sign_in
from benchmarks.portal.world import Size, fill
from benchmarks.report import machine, put_table

RESULTS = ROOT / "benchmarks" / "portal.json"
BEGIN, END = "<!-- portal: begin -->", "<!-- portal: end -->"
WHOLE = Size(orders=100_000, talks=2_000, each=500)
QUICK = Size(orders=10_000, talks=1_000, each=100)
TIMES = 7


def play(house: House, *, is_quick: bool, is_written: bool) -> None:
    """Measure every page, show each as soon as it is known, and write the table."""
    size = QUICK if is_quick else WHOLE
    load = [os.getloadavg()[0]]
    counter = open_counter()
    fill(counter.shop, counter.product, size, house.tell_named)
    client = Client()
    sign_in(client)
    found = []
    for path in PATHS:
        one = measure(client, path, TIMES)
        _show(one)
        found.append(one)
    load.append(os.getloadavg()[0])
    if is_written:
        _write(found, size, load)


def _show(one: Measured) -> None:
    sys.stdout.write(
        f"{one.path}: {one.statements} statements, {one.wall_ms} ms, {one.cpu_ms} ms of Python\n"
    )
    sys.stdout.flush()


def _write(found: list[Measured], size: Size, load: list[float]) -> None:
    told = {
        "machine": {**machine(), "load": [round(each, 1) for each in load]},
        "size": asdict(size),
        "pages": [asdict(each) for each in found],
    }
    RESULTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    put_table(BEGIN, END, f"{table(found)}\n\n{verdict(found)} {_circumstances(size, load)}")


def table(found: list[Measured]) -> str:
    """Return the pages as the page of figures shows them."""
    lines = [
        f"| page | statements (≤ {MOST_STATEMENTS}) | median ms (≤ {MOST_MS}) | of it Python ms |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{each.path}` | {each.statements} | {each.wall_ms:.0f} | {each.cpu_ms:.0f} |"
        for each in found
    ]
    return "\n".join(lines)


def _circumstances(size: Size, load: list[float]) -> str:
    first, last = load
    return (
        f"The run had {size.orders:,} orders and {size.talks * size.each:,} messages; the load of"
        f" the machine was {first:.1f} when it began and {last:.1f} when it ended."
    )
