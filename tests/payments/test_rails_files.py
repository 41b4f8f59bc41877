"""Files that go to banks: valid by the schema, and exact."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sepaxml  # type: ignore[import-untyped]  # Carries no types; only its schemas are read.
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bank_simulator.pain001 import read_batch, read_transfers
from benchmarks.files import is_within_goal, measure
from payments.rails.amounts import decimal_text, minor_units
from payments.rails.pain001 import VERSIONS, FileHead, Transfer, message_id_of, write_file


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


def schema(version: str) -> etree.XMLSchema:
    return etree.XMLSchema(
        etree.parse(Path(sepaxml.__file__).parent / "schemas" / f"{version}.xsd")
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_is_valid_by_the_schema_and_the_bank_reads_it_exactly(version: str) -> None:
    content = write_file(
        replace(head(2, 24_690), version=version),
        [transfer(1), replace(transfer(2), holder_name="", remittance="")],
    )
    schema(version).assertValid(etree.fromstring(content))
    read = read_batch(io.BytesIO(content), debtor="clearing")
    assert read.message_id == "bat_01M83YPJZQWEY7NJB3E4YATT5J" == message_id_of(content)
    transfers = list(read_transfers(io.BytesIO(content), debtor="clearing"))
    assert [each.end_to_end_id for each in transfers] == [f"pyo_{n:026d}" for n in (1, 2)]
    assert [each.amount_minor for each in transfers] == [12_345, 12_345]
    assert read.count == 2
    assert content.count(b"xmlns") == 1


SCHEMAS = {version: schema(version) for version in VERSIONS}


@given(
    st.sampled_from(VERSIONS),
    st.text(max_size=200),
    st.text(max_size=200),
    st.integers(1, 10**15),
    st.sampled_from(["BRL", "JPY", "KWD"]),
)
def test_no_text_and_no_amount_makes_a_file_invalid(
    version: str, name: str, remittance: str, amount_minor: int, currency: str
) -> None:
    payment = Transfer("pyo_1", "tok_abc", name, amount_minor, remittance)
    content = write_file(replace(head(1, amount_minor, currency), version=version), [payment])
    SCHEMAS[version].assertValid(etree.fromstring(content))


def test_a_version_that_is_not_written_is_refused() -> None:
    with pytest.raises(ValueError, match="not written"):
        write_file(replace(head(1, 12_345), version="pain.001.001.11"), [transfer(1)])
    assert message_id_of(b"no xml") is None


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert write_file(head(1, 12_345), [transfer(1)]) == write_file(head(1, 12_345), [transfer(1)])


def test_a_long_file_needs_little_memory_and_time(tmp_path: Path) -> None:
    for version in VERSIONS:
        measured = measure(f"{version} built", 20_000, tmp_path)
        assert is_within_goal(measured), measured
        assert measured.file_mib > 5


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
