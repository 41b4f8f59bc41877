"""A live instance does not start while its sign-in codes could be read on the machine."""

import os
import subprocess
import sys

import pytest
from environs import Env

from config.senders import code_sender

GATEWAY = {"TROCO_CODE_GATEWAY_URL": "https://codes.example/send"}


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Env:
    for name in ("TROCO_CODE_SENDER", "TROCO_CODE_GATEWAY_URL"):
        monkeypatch.delenv(name, raising=False)
    return Env()


@pytest.mark.parametrize("sender", ["console", "sandbox", "post"])
def test_live_refuses_whatever_shows_a_code(
    env: Env, monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    monkeypatch.setenv("TROCO_CODE_SENDER", sender)
    monkeypatch.setenv("TROCO_CODE_GATEWAY_URL", GATEWAY["TROCO_CODE_GATEWAY_URL"])
    with pytest.raises(ValueError, match=r"TROCO_CODE_SENDER.* gateway"):
        code_sender(env, is_sandbox=False)


def test_live_needs_the_gateways_address(env: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="TROCO_CODE_GATEWAY_URL is missing"):
        code_sender(env, is_sandbox=False)
    monkeypatch.setenv("TROCO_CODE_GATEWAY_URL", GATEWAY["TROCO_CODE_GATEWAY_URL"])
    assert code_sender(env, is_sandbox=False) == "gateway"


def test_a_sandbox_may_show_them(env: Env, monkeypatch: pytest.MonkeyPatch) -> None:
    assert code_sender(env, is_sandbox=True) == "sandbox"
    monkeypatch.setenv("TROCO_CODE_SENDER", "console")
    assert code_sender(env, is_sandbox=True) == "console"


def test_the_settings_themselves_do_not_load_so() -> None:
    """What every process reads first refuses, in words."""
    secrets = ("TROCO_SECRET_KEY", "TROCO_PIN_PEPPER", "TROCO_RECEIPT_KEY")
    live = {"TROCO_MODE": "live", "TROCO_PUBLIC_URL": "https://troco.example"}
    wrong = {**os.environ, **dict.fromkeys(secrets, "s" * 50), **live, **GATEWAY}
    wrong["TROCO_CODE_SENDER"] = "console"
    found = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        env=wrong,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert found.returncode != 0
    assert "TROCO_CODE_SENDER=console would show sign-in codes" in found.stderr
