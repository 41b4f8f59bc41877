"""Between the messages of the clock and the rows that decide: one run of a line per pace."""

from datetime import timedelta
from typing import Any

from celery import Task, current_app

from config.schedule import SCHEDULE, Tick
from core.ticks import Line, run_tick

LONGEST_SECONDS = 600.0

# Each duty has a lease of its own; any number of processes may work them off at once.
_SHARED = "duties"
_BY_TASK: dict[str, tuple[str, Tick]] = {
    tick["task"]: (name, tick) for name, tick in SCHEDULE.items() if name != _SHARED
}


class Ticking(Task):  # type: ignore[type-arg]  # Not generic when it runs.
    """A task that, asked for by a message, does what the clock's page says, once per pace.

    Called as a function, in a test or by hand, it is the plain function.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> object:
        """Do the work, or leave it to the process that does."""
        if self.request.called_directly or self.name not in _BY_TASK:
            return self.run(*args, **kwargs)
        return run_line(_BY_TASK[self.name][0])


def paces() -> dict[str, timedelta]:
    """Return how often each line runs, of those that one process runs at a time."""
    return {name: tick["schedule"] for name, tick in _BY_TASK.values()}


def run_line(name: str) -> bool:
    """Run one line of the page here and now, if it is due and free; tell whether it was."""
    task = current_app.tasks[SCHEDULE[name]["task"]]
    longest = float(task.time_limit or LONGEST_SECONDS)
    return run_tick(Line(name, SCHEDULE[name]["schedule"], longest), task.run)
