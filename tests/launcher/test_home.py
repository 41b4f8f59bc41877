import stat
from pathlib import Path

import pytest

from launcher.errors import LauncherError
from launcher.home import Home


def test_keys_are_made_once_and_are_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.lock()
    first = home.keys()
    assert sorted(first) == [
        "TROCO_PIN_PEPPER",
        "TROCO_RECEIPT_KEY",
        "TROCO_SECRET_KEY",
        "TROCO_SIMULATOR_SECRET",
    ]
    assert Home(tmp_path / "home").keys() == first
    mode = (tmp_path / "home" / "secrets.env").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_key_of_a_newer_version_is_added_and_no_other_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("TROCO_PIN_PEPPER=old\n", encoding="utf-8")
    keys = Home(tmp_path).keys()
    assert keys["TROCO_PIN_PEPPER"] == "old"
    assert len(keys) == 4


def test_a_home_serves_one_process_at_a_time(tmp_path: Path) -> None:
    first, second = Home(tmp_path), Home(tmp_path)
    first.lock()
    with pytest.raises(LauncherError, match="is in use by process"):
        second.lock()
    first.unlock()
    second.lock()


def test_a_damaged_process_list_counts_as_empty(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert home.read_json("processes.json") == {}
    (tmp_path / "processes.json").write_text("{", encoding="utf-8")
    assert home.read_json("processes.json") == {}
