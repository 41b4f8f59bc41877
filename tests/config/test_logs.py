import pytest
import structlog


def fail() -> None:
    pin = "".join(reversed("461937"))
    raise RuntimeError(f"of {len(pin)} digits")


def test_an_error_in_the_log_shows_no_values(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        fail()
    except RuntimeError:
        structlog.get_logger("tests").exception("it_failed", payment="pay_1")
    said = capsys.readouterr().out
    assert "it_failed" in said
    assert "payment=pay_1" in said
    assert "RuntimeError: of 6 digits" in said
    assert "739164" not in said
