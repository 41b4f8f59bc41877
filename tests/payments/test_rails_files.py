"""Files that go to banks: valid by the schema, and exact."""

import io
import resource
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sepaxml  # type: ignore[import-untyped]  # Carries no types; only its schemas are read.
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bank_simulator.pain001 import read_batch, read_transfers
from payments.rails.amounts import decimal_text, minor_units
from payments.rails.pain001 import FileHead, Transfer, write_file


def head(count: int, total_minor: int, currency: str = "BRL") -> FileHead:
    return FileHead(
        message_id="bat_01M83YPJZQWEY7NJB3E4YATT5J",
        made_at=datetime(2026, 11, 23, 20, 0, tzinfo=UTC),
        initiator="Troco & Cia <São Paulo>",
        bank_member_id="90000001",
        debtor_account="clearing",
        execution_date=date(2026, 11, 23),
        currency=currency,
        count=count,
        total_minor=total_minor,
    )


def transfer(number: int, amount_minor: int = 12_345) -> Transfer:
    return Transfer(
        payment_id=f"pyo_{number:026d}",
        account_token="tok_abc",
        holder_name="Padaria do Zé & Filhos <Ltda>",
        amount_minor=amount_minor,
        remittance="Troco 2026-11-23",
    )


def test_a_file_is_valid_by_the_schema_and_the_bank_reads_it_exactly() -> None:
    content = write_file(head(2, 24_690), [transfer(1), transfer(2)])
    schema = Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"
    etree.XMLSchema(etree.parse(schema)).assertValid(etree.fromstring(content))
    read = read_batch(io.BytesIO(content), debtor="clearing")
    assert read.message_id == "bat_01M83YPJZQWEY7NJB3E4YATT5J"
    transfers = list(read_transfers(io.BytesIO(content), debtor="clearing"))
    assert [each.end_to_end_id for each in transfers] == [f"pyo_{n:026d}" for n in (1, 2)]
    assert [each.amount_minor for each in transfers] == [12_345, 12_345]
    assert read.count == 2
    assert content.count(b"xmlns") == 1


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert write_file(head(1, 12_345), [transfer(1)]) == write_file(head(1, 12_345), [transfer(1)])


def test_a_long_file_needs_little_memory_and_time() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    content = write_file(head(20_000, 20_000 * 12_345), (transfer(n) for n in range(20_000)))
    assert time.process_time() - began < 10
    assert content.count(b"<CdtTrfTxInf>") == 20_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


@given(st.integers(min_value=0, max_value=10**15), st.sampled_from(["BRL", "JPY", "KWD", "XTS"]))
def test_amounts_survive_the_way_there_and_back(amount_minor: int, currency: str) -> None:
    assert minor_units(decimal_text(amount_minor, currency), currency) == amount_minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.005", "BRL"),
        ("1.5", "JPY"),
        *[(text, "BRL") for text in ("-1", "1,00", "1e3", "", "１", "+1", "1.", "0x1")],
    ],
)
def test_amounts_are_never_rounded_or_guessed(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match=r"amount|finer"):
        minor_units(text, currency)
