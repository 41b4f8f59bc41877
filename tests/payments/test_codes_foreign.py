"""Codes of other countries, and links: each read as what it is, or refused with a reason."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.codes import CodeRefused, Reason, emv
from payments.codes.foreign import Scanned, Scheme, read_scanned
from tests.payments.test_codes_br import DYNAMIC, STATIC

VPA = emv.write_field("00", "A000000524") + emv.write_field("01", "zebakery@ybl")
PAYNOW = "".join(
    emv.write_field(name, value)
    for name, value in (
        ("00", "SG.PAYNOW"),
        ("01", "2"),
        ("02", "201403121W"),
        ("03", "0"),
        ("04", "20261231"),
    )
)
SGQR = emv.write_field("00", "SG.SGQR") + emv.write_field("01", "190101000001")
EPC = "BCD\n002\n1\nSCT\n\nBäckerei Zé\nDE89370400440532013000\nEUR12.34\n\n\nOrder 42\n"


def code(*fields: tuple[str, str], country: str = "IN", currency: str = "356") -> str:
    tail = [("52", "5462"), ("53", currency), ("58", country), ("59", "ZE BAKERY"), ("60", "PUNE")]
    return emv.write_code(sorted([("00", "01"), *fields, *tail]))


def sg(*fields: tuple[str, str]) -> str:
    return code(*fields, country="SG", currency="702")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            STATIC,
            Scanned(
                Scheme.PIX,
                "123e4567-e12b-12d1-a456-426655440000",
                "Fulano de Tal",
                "BRASILIA",
                None,
                "BRL",
            ),
        ),
        (
            DYNAMIC,
            Scanned(
                Scheme.PIX,
                "pix.example.com/8b3da2f39a4140d1a91abd93113bd441",
                "Fulano de Tal",
                "BRASILIA",
                None,
                "BRL",
            ),
        ),
        (
            code(("02", "4403847800202706"), ("26", VPA), ("54", "99.5"), ("62", "0503A42")),
            Scanned(Scheme.UPI, "zebakery@ybl", "ZE BAKERY", "PUNE", 99_50, "INR", "A42"),
        ),
        (
            code(("26", VPA), ("27", emv.write_field("00", "A000000524") + "0103T42")),
            Scanned(Scheme.UPI, "zebakery@ybl", "ZE BAKERY", "PUNE", None, "INR", "T42"),
        ),
        (
            "upi://pay?pa=zebakery@ybl&pn=Ze%20Bakery&am=12.50&cu=INR&tr=A42",
            Scanned(Scheme.UPI, "zebakery@ybl", "Ze Bakery", "", 12_50, "INR", "A42"),
        ),
        (
            sg(("26", PAYNOW), ("54", "8"), ("62", "0103A42")),
            Scanned(
                Scheme.PAYNOW,
                "201403121W",
                "ZE BAKERY",
                "PUNE",
                8_00,
                "SGD",
                "A42",
                date(2026, 12, 31),
            ),
        ),
        (
            sg(("27", "0009SG.PAYNOW0101002" + "11+6591234567"), ("51", SGQR)),
            Scanned(Scheme.PAYNOW, "+6591234567", "ZE BAKERY", "PUNE", None, "SGD"),
        ),
        (
            EPC,
            Scanned(
                Scheme.EPC,
                "DE89370400440532013000",
                "Bäckerei Zé",
                "",
                12_34,
                "EUR",
                "Order 42",
            ),
        ),
        (
            EPC.replace("\n", "\r\n").replace("EUR12.34", ""),
            Scanned(
                Scheme.EPC, "DE89370400440532013000", "Bäckerei Zé", "", None, "EUR", "Order 42"
            ),
        ),
        (
            "https://shop.bkash.com/ze-bakery/paymentlink",
            Scanned(Scheme.BKASH, "https://shop.bkash.com/ze-bakery/paymentlink", currency="BDT"),
        ),
        (
            " https://ze.example/pay/42 ",
            Scanned(Scheme.LINK, "https://ze.example/pay/42"),
        ),
        (
            "https://shop.bkash.com.ze.example/x",
            Scanned(Scheme.LINK, "https://shop.bkash.com.ze.example/x"),
        ),
    ],
)
def test_each_kind_is_read_as_what_it_is(text: str, said: Scanned) -> None:
    assert read_scanned(text) == said


VISA = ("02", "4403847800202706")
THAI = ("29", "0016A000000677010111" + "0213006600000000" + "0")
BANGLA = ("26", emv.write_field("00", "bd.gov.bb") + "0104X123")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("  ", Reason.EMPTY),
        ("x" * 3000, Reason.TOO_LONG),
        ("hello", Reason.UNKNOWN_KIND),
        ("BEGIN:VCARD", Reason.UNKNOWN_KIND),
        ("bitcoin:1A1zP1", Reason.UNKNOWN_KIND),
        (code(VISA), Reason.CARD_NUMBER),
        (code(THAI, country="TH", currency="764"), Reason.UNKNOWN_KIND),
        (code(BANGLA, country="BD", currency="050"), Reason.UNKNOWN_KIND),
        (code(("26", VPA), currency="986"), Reason.UNKNOWN_CURRENCY),
        (code(("26", VPA), currency="999"), Reason.UNKNOWN_CURRENCY),
        (code(("26", VPA), country="BR"), Reason.UNKNOWN_CURRENCY),
        (code(("26", VPA.replace("@ybl", "-ybl"))), Reason.INVALID_PAYEE),
        (code(("26", VPA), ("54", "1.005")), Reason.INVALID_AMOUNT),
        (code(("26", VPA))[:-1] + "_", Reason.BROKEN_FIELDS),
        (sg(("26", PAYNOW.replace("121W", "121X"))), Reason.INVALID_PAYEE),
        (sg(("26", PAYNOW.replace("01012", "01017"))), Reason.INVALID_PAYEE),
        (sg(("26", PAYNOW.replace("20261231", "20261331"))), Reason.INVALID_FIELD),
        (sg(("51", SGQR)), Reason.UNKNOWN_KIND),
        ("upi://mandate?pa=ze@ybl", Reason.UNKNOWN_KIND),
        ("upi://pay?pn=Ze", Reason.MISSING_FIELD),
        ("upi://pay?pa=ze@ybl&cu=USD", Reason.UNKNOWN_CURRENCY),
        ("upi://pay?pa=ze@ybl&pa=carla@ybl", Reason.BROKEN_FIELDS),
        ("upi://pay?pa=ze@ybl&am=-1", Reason.INVALID_AMOUNT),
        (EPC.replace("3000", "3001"), Reason.INVALID_PAYEE),
        (EPC.replace("EUR", "USD"), Reason.INVALID_AMOUNT),
        (EPC.replace("EUR12.34", "EUR0"), Reason.INVALID_AMOUNT),
        (EPC.replace("SCT", "INST"), Reason.BROKEN_FIELDS),
        (EPC.replace("002", "001", 1), Reason.INVALID_FIELD),
        (EPC.replace("Bäckerei Zé", ""), Reason.MISSING_FIELD),
        (EPC + "\n" * 9 + "x", Reason.BROKEN_FIELDS),
        ("http://ze.example/pay", Reason.UNSAFE_LINK),
        ("https://bkash.com@evil.example/", Reason.UNSAFE_LINK),
        ("https://192.0.2.7/pay", Reason.UNSAFE_LINK),
        ("https://[2001:db8::1]/pay", Reason.UNSAFE_LINK),
        ("https://localhost/pay", Reason.UNSAFE_LINK),
        ("https://ze.example:8443/pay", Reason.UNSAFE_LINK),
        ("https://ze.example:x/pay", Reason.UNSAFE_LINK),
        ("https://bкash.com/pay", Reason.UNSAFE_LINK),
        ("https://ze.example/\\evil", Reason.UNSAFE_LINK),
        ("javascript:alert(1)", Reason.UNKNOWN_KIND),
    ],
)
def test_what_is_not_read_is_refused_with_its_reason(text: str, reason: Reason) -> None:
    with pytest.raises(CodeRefused) as caught:
        read_scanned(text)
    assert caught.value.reason == reason


@given(st.sampled_from(["", "000201", "upi://pay?", "BCD\n", "https://"]), st.text(max_size=120))
def test_no_text_at_all_breaks_the_reader(opening: str, text: str) -> None:
    try:
        found = read_scanned(opening + text)
    except CodeRefused:
        return
    assert found.scheme in Scheme
