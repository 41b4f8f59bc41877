"""docs/settings.md names exactly the variables that the code reads."""

import re

from tests.tidy.source import ROOT, modules

_READ_IN_PYTHON = re.compile(
    r"""(?:\benv\.\w+\(|environ(?:ment)?(?:\.get\(|\[|,[ ]))\s*"([A-Z][A-Z_]+)\""""
)
_KEYS = re.compile(r'^    "(TROCO_[A-Z_]+)": \d+,$', re.MULTILINE)
_READ_IN_SHELL = re.compile(r"\$\{(TROCO_[A-Z_]+)")
_DOCUMENTED = re.compile(r"^\| `([A-Z_]+)` \|", re.MULTILINE)


def _read() -> set[str]:
    found = set()
    for module in modules("config", "launcher", "bank_simulator", "script"):
        found |= set(_READ_IN_PYTHON.findall(module.text))
        if module.name == "launcher/home.py":
            found |= set(_KEYS.findall(module.text))
    for path in (ROOT / "script").iterdir():
        if path.is_file() and path.suffix == "":
            found |= set(_READ_IN_SHELL.findall(path.read_text(encoding="utf-8")))
    return found


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    documented = _DOCUMENTED.findall(text)
    assert len(documented) == len(set(documented))
    assert set(documented) == _read()
