"""Tasks as a broker needs them: short-lived, without results, told ids by name, nothing else."""

import ast

import pytest

from config.celery import PGMQ_OPTIONS, REDIS_OPTIONS, app
from config.schedule import SCHEDULE
from config.ticks import Ticking
from tests.tidy.source import PRODUCT, FunctionNode, modules

_IDS = {"str", "int"}
_SENDERS = {"apply_async", "delay", "send_task", "signature", "s", "si"}
_HARD_MINUTES = 10


def _tasks() -> dict[str, FunctionNode]:
    """Return every task's function by its place."""
    return {
        f"{module.name}:{node.lineno} {node.name}": node
        for module in modules(*PRODUCT)
        for node in module.functions()
        if any("shared_task" in ast.unparse(each) for each in node.decorator_list)
    }


def _options(node: FunctionNode) -> dict[str, object]:
    (decorator,) = node.decorator_list
    assert isinstance(decorator, ast.Call)
    return {each.arg or "": ast.literal_eval(each.value) for each in decorator.keywords}


def test_each_task_has_a_name_two_time_limits_and_no_result() -> None:
    assert _tasks()
    for place, node in _tasks().items():
        options = _options(node)
        assert options.keys() == {"name", "soft_time_limit", "time_limit", "ignore_result"}, place
        soft, hard = options["soft_time_limit"], options["time_limit"]
        assert isinstance(soft, int), place
        assert isinstance(hard, int), place
        assert 0 < soft < hard <= _HARD_MINUTES * 60, place
        assert options["ignore_result"] is True, place


def test_tasks_take_ids_by_name_only() -> None:
    for place, node in _tasks().items():
        given = node.args
        assert (given.args, given.posonlyargs, given.vararg, given.kwarg) == ([], [], None, None), (
            place
        )
        kinds = {ast.unparse(each.annotation) for each in given.kwonlyargs if each.annotation}
        assert kinds <= _IDS, place


def test_whoever_sends_a_task_names_what_it_gives() -> None:
    sent = [
        f"{module.name}:{node.lineno}"
        for module in modules(*PRODUCT)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _SENDERS
        and node.args
    ]
    assert sent == []


def test_every_tick_is_a_task_and_every_task_but_the_shared_ones_is_a_tick() -> None:
    named = {str(_options(node)["name"]) for node in _tasks().values()}
    assert {tick["task"] for tick in SCHEDULE.values()} == named
    app.loader.import_default_modules()
    assert all(isinstance(app.tasks[name], Ticking) for name in named)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("task_serializer", "json"),
        ("accept_content", ["json"]),
        ("task_ignore_result", True),
        ("task_acks_late", True),
        ("task_reject_on_worker_lost", True),
        ("worker_prefetch_multiplier", 1),
        ("broker_connection_max_retries", None),
    ],
)
def test_what_every_broker_is_told(setting: str, value: object) -> None:
    assert getattr(app.conf, setting) == value


def test_no_broker_takes_a_long_task_for_lost() -> None:
    longest = max(int(str(_options(node)["time_limit"])) for node in _tasks().values())
    for options in (PGMQ_OPTIONS, REDIS_OPTIONS):
        assert int(str(options["visibility_timeout"])) > longest
