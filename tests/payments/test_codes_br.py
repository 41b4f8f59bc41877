"""BR Codes: written exactly, read exactly, and refused when one character is another."""

import binascii
import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.codes import CodeRefused, Reason, emv
from payments.codes.br_code import BrCode, plain_text, read_br_code, write_br_code
from payments.codes.pix_keys import PixKey, PixKeyKind, read_pix_key

# The two examples of the Banco Central's own manual.
STATIC = (
    "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR"
    "5913Fulano de Tal6008BRASILIA62070503***63041D3D"
)
DYNAMIC = (
    "00020101021226700014br.gov.bcb.pix2548pix.example.com/8b3da2f39a4140d1a91abd93113bd441"
    "5204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***630464E4"
)
EVP = PixKey(PixKeyKind.EVP, "123e4567-e12b-12d1-a456-426655440000")
ZE = BrCode(
    name="Padaria do Ze",
    city="SAO PAULO",
    key=PixKey(PixKeyKind.CNPJ, "11222333000181"),
    amount_minor=12_34,
    txid="ORD42",
    note="2 paes",
    postal_code="01310100",
)
KEYS = [
    PixKey(PixKeyKind.CPF, "52998224725"),
    PixKey(PixKeyKind.CNPJ, "11222333000181"),
    PixKey(PixKeyKind.CNPJ, "12ABC34501DE35"),
    PixKey(PixKeyKind.PHONE, "+5511987654321"),
    PixKey(PixKeyKind.EMAIL, "ze@padaria.example"),
    EVP,
]
plain = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)
codes = st.builds(
    BrCode,
    name=plain.map(lambda text: text[:25]),
    city=plain.map(lambda text: text[:15]),
    key=st.sampled_from(KEYS),
    amount_minor=st.none() | st.integers(1, 9_999_999_999_99 // 100),
    txid=st.from_regex(r"([A-Za-z0-9]{1,25})?", fullmatch=True),
    note=plain.map(lambda text: text[:20]),
    postal_code=st.sampled_from(["", "01310100"]),
    once=st.booleans(),
)


def refused(text: str) -> Reason:
    with pytest.raises(CodeRefused) as caught:
        read_br_code(text)
    return caught.value.reason


def test_the_central_banks_examples_are_read_and_written_to_the_letter() -> None:
    static = read_br_code(STATIC)
    assert static == BrCode(name="Fulano de Tal", city="BRASILIA", key=EVP)
    assert write_br_code(static) == STATIC
    dynamic = read_br_code(DYNAMIC)
    assert (dynamic.key, dynamic.once) == (None, True)
    assert dynamic.location == "pix.example.com/8b3da2f39a4140d1a91abd93113bd441"
    assert write_br_code(dynamic) == DYNAMIC


@given(codes)
def test_a_code_survives_the_way_there_and_back(code: BrCode) -> None:
    assert read_br_code(write_br_code(code)) == code


@given(codes)
def test_lengths_and_checksum_are_right_by_another_hand(code: BrCode) -> None:
    text = write_br_code(code)
    place, names = 0, []
    while place < len(text):
        names.append(text[place : place + 2])
        place += 4 + int(text[place + 2 : place + 4])
    assert place == len(text)
    assert names == sorted(names)
    crc = 0xFFFF  # Bit by bit, as the specification describes it.
    for byte in text[:-4].encode():
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    assert text[-4:] == f"{crc:04X}"


@given(codes, st.integers(0, 5))
def test_a_dynamic_code_survives_too(code: BrCode, deep: int) -> None:
    location = "pix.banco-ipe.example/v2" + "/cob" * deep
    dynamic = dataclasses.replace(code, key=None, location=location, note="", once=True)
    assert read_br_code(write_br_code(dynamic)) == dynamic


def mutations(text: str) -> list[str]:
    """Every place changed to two other characters, left out, doubled, and swapped with the next."""
    chance = random.Random(20261125)
    found = set()
    for place, old in enumerate(text):
        for _ in range(2):
            new = chance.choice("0123456789ABCDEFabcdef.*xyz é")
            found.add(text[:place] + new + text[place + 1 :])
        found.add(text[:place] + text[place + 1 :])
        found.add(text[: place + 1] + text[place:])
        if place + 1 < len(text):
            found.add(text[:place] + text[place + 1] + old + text[place + 2 :])
    return sorted(found - {text})


@pytest.mark.parametrize("text", [STATIC, DYNAMIC, write_br_code(ZE)])
def test_no_mutation_is_taken_for_a_code(text: str) -> None:
    changed = mutations(text)
    assert len(changed) >= 500
    taken = []
    for each in changed:
        try:
            read_br_code(each)
        except CodeRefused:
            continue
        taken.append(each)
    assert taken == []


def sealed(text: str) -> str:
    return f"{text}6304{binascii.crc_hqx(f'{text}6304'.encode(), 0xFFFF):04X}"


ACCOUNT = "26330014br.gov.bcb.pix011152998224725"
REST = "5204000053039865802BR5902Ze6003RIO"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.UNKNOWN_KIND),
        ("000201", Reason.BROKEN_FIELDS),
        ("0002016304" + "0" * 503, Reason.TOO_LONG),
        (STATIC.lower(), Reason.BROKEN_FIELDS),
        (sealed("000201" + REST), Reason.UNKNOWN_KIND),
        (sealed("000201" + ACCOUNT + ACCOUNT.replace("26", "27", 1) + REST), Reason.BROKEN_FIELDS),
        (sealed("000201" + ACCOUNT + REST + "5802BR"), Reason.BROKEN_FIELDS),
        (sealed("000201" + ACCOUNT + REST + "62990503***"), Reason.BROKEN_FIELDS),
        (sealed("000201" + ACCOUNT + REST.replace("986", "840")), Reason.UNKNOWN_CURRENCY),
        (sealed("000201" + ACCOUNT + REST.replace("986", "356")), Reason.UNKNOWN_CURRENCY),
        (sealed("000201" + ACCOUNT + REST.replace("BR", "PT")), Reason.UNKNOWN_CURRENCY),
        (sealed("000201" + ACCOUNT + REST.replace("5902Ze", "")), Reason.MISSING_FIELD),
        (sealed("000201010213" + ACCOUNT + REST), Reason.INVALID_FIELD),
        (sealed("000201" + ACCOUNT.replace("725", "726") + REST), Reason.INVALID_PAYEE),
        (sealed("00020126180014br.gov.bcb.pix" + REST), Reason.INVALID_PAYEE),
        (sealed("00020126300014br.gov.bcb.pix2508http://x" + REST), Reason.INVALID_PAYEE),
        (sealed("000201" + ACCOUNT + "54040.00" + REST), Reason.INVALID_AMOUNT),
        (sealed("000201" + ACCOUNT + "54051.005" + REST), Reason.INVALID_AMOUNT),
        (sealed("000201" + ACCOUNT + "54041,00" + REST), Reason.INVALID_AMOUNT),
        (sealed("000201" + ACCOUNT + "5403-10" + REST), Reason.INVALID_AMOUNT),
        (sealed("000201" + ACCOUNT + REST + "62080504a-b!"), Reason.INVALID_FIELD),
    ],
)
def test_what_is_wrong_is_named(text: str, reason: Reason) -> None:
    assert refused(text) == reason


@pytest.mark.parametrize(
    ("written", "amount_minor"),
    [("5402" + "10", 10_00), ("540310.", 10_00), ("540410.5", 10_50), ("54041.05", 1_05)],
)
def test_an_amount_is_never_mistaken_for_cents(written: str, amount_minor: int) -> None:
    assert read_br_code(sealed("000201" + ACCOUNT + written + REST)).amount_minor == amount_minor


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"amount_minor": 0}, Reason.INVALID_AMOUNT),
        ({"amount_minor": -5}, Reason.INVALID_AMOUNT),
        ({"amount_minor": 10**13}, Reason.INVALID_AMOUNT),
        ({"txid": "a b"}, Reason.INVALID_FIELD),
        ({"txid": "a" * 26}, Reason.INVALID_FIELD),
        ({"name": "পাউরুটি"}, Reason.INVALID_FIELD),
        ({"city": " "}, Reason.INVALID_FIELD),
        ({"postal_code": "01310-100"}, Reason.INVALID_FIELD),
        ({"key": None}, Reason.INVALID_PAYEE),
        ({"location": "pix.example.com/1"}, Reason.INVALID_PAYEE),
        ({"key": None, "location": "https://pix.example.com/1"}, Reason.INVALID_PAYEE),
        ({"key": None, "location": "ze@pix.example.com/1"}, Reason.INVALID_PAYEE),
        ({"key": None, "location": "pix.example.com/" + "a" * 70}, Reason.INVALID_PAYEE),
        ({"key": PixKey(PixKeyKind.CPF, "+5511987654321")}, Reason.INVALID_PAYEE),
    ],
)
def test_what_cannot_be_said_is_not_written(change: dict[str, object], reason: Reason) -> None:
    with pytest.raises(CodeRefused) as caught:
        write_br_code(dataclasses.replace(ZE, **change))  # type: ignore[arg-type]
    assert caught.value.reason == reason


def test_names_are_written_in_plain_letters_and_cut() -> None:
    code = dataclasses.replace(ZE, name="Açougue São João do Pão de Queijo", city="São Luís")
    read = read_br_code(write_br_code(code))
    assert (read.name, read.city) == ("Acougue Sao Joao do Pao d", "Sao Luis")
    assert plain_text("  a\tb\x00c ", 9) == "a b c"


def test_a_long_note_yields_to_the_key() -> None:
    long = dataclasses.replace(ZE, key=EVP, note="x" * 72)
    read = read_br_code(write_br_code(long))
    assert (read.key, read.note) == (EVP, "x" * (99 - 18 - 40 - 4))


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_told_by_its_form(key: PixKey) -> None:
    assert read_pix_key(key.text) == key
    assert read_pix_key(f" {key.text.upper()} ", key.kind) == key


def test_tax_ids_may_have_their_punctuation_and_a_cpf_is_no_phone() -> None:
    assert read_pix_key("529.982.247-25") == PixKey(PixKeyKind.CPF, "52998224725")
    assert read_pix_key("11.222.333/0001-81").text == "11222333000181"
    assert read_pix_key("52998224725").kind == PixKeyKind.CPF


@pytest.mark.parametrize(
    "text",
    [
        "",
        "11987654321",
        "5511987654321",
        "11 98765-4321",
        "529 982 247 25",
        "+55119876",
        "52998224726",
        "11111111111",
        "11222333000182",
        "ze@",
        "ze@padaria",
        "z e@padaria.example",
        "a" * 70 + "@a.example",
        "123e4567e12b12d1a456426655440000",
        "５２９９８２２４７２５",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(CodeRefused) as caught:
        read_pix_key(text)
    assert caught.value.reason == Reason.INVALID_PAYEE


@given(st.text(max_size=200))
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    for tried in (text, sealed("000201" + text)):
        try:
            read_br_code(tried)
        except CodeRefused:
            continue
        raise AssertionError(tried)


@given(st.integers(1, 10**9), st.sampled_from(["BRL", "JPY", "KWD", "INR"]))
def test_amounts_are_integers_there_and_back(amount_minor: int, currency: str) -> None:
    assert emv.read_amount(emv.write_amount(amount_minor, currency), currency) == amount_minor
