"""Ways to be paid outside of Troco: what is taken for one, and what is written for the payer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.codes import CodeRefused, Reason
from payments.codes.br_code import read_br_code
from payments.codes.foreign import Scheme, read_scanned
from payments.codes.outside import (
    Asked,
    MeansKind,
    clabe_check_digit,
    kinds_of,
    read_payee,
    write_means,
)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (MeansKind.PIX, "529.982.247-25", "52998224725"),
        (MeansKind.PIX, "Ze@Padaria.Example", "ze@padaria.example"),
        (MeansKind.UPI, " shop.one@okbank ", "shop.one@okbank"),
        (MeansKind.EPC, "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        (MeansKind.BKASH, "01712-345678", "+8801712345678"),
        (MeansKind.BKASH, "+880 1712 345678", "+8801712345678"),
        (MeansKind.PAYNOW, "197401143c", "197401143C"),
        (MeansKind.PAYNOW, "91234567", "+6591234567"),
        (MeansKind.CLABE, "0321 8000 0118 3597 19", "032180000118359719"),
        (MeansKind.TILL, "123 456", "123456"),
        (MeansKind.LINK, "https://pay.example.com/shop", "https://pay.example.com/shop"),
    ],
)
def test_what_is_typed_is_kept_in_its_written_form(kind: MeansKind, typed: str, kept: str) -> None:
    assert read_payee(kind, typed) == kept
    assert read_payee(kind, kept) == kept


@pytest.mark.parametrize(
    ("kind", "typed", "reason"),
    [
        (MeansKind.PIX, "", Reason.EMPTY),
        (MeansKind.PIX, "529.982.247-26", Reason.INVALID_PAYEE),
        (MeansKind.PIX, "11987654321", Reason.INVALID_PAYEE),
        (MeansKind.UPI, "shop", Reason.INVALID_PAYEE),
        (MeansKind.UPI, "shop@bank&am=1", Reason.INVALID_PAYEE),
        (MeansKind.EPC, "DE89370400440532013001", Reason.INVALID_PAYEE),
        (MeansKind.BKASH, "02212345678", Reason.INVALID_PAYEE),
        (MeansKind.BKASH, "+5511987654321", Reason.INVALID_PAYEE),
        (MeansKind.PAYNOW, "+5511987654321", Reason.INVALID_PAYEE),
        (MeansKind.PAYNOW, "197401143D", Reason.INVALID_PAYEE),
        (MeansKind.CLABE, "032180000118359718", Reason.INVALID_PAYEE),
        (MeansKind.CLABE, "03218000011835971", Reason.INVALID_PAYEE),
        (MeansKind.CLABE, "０３２１８００００１１８３５９７１９", Reason.INVALID_PAYEE),
        (MeansKind.PAYNOW, "5333344\nL", Reason.INVALID_PAYEE),
        (MeansKind.PAYNOW, "T08LL123\nA", Reason.INVALID_PAYEE),
        (MeansKind.EPC, "ES9\u0661 2100 0418 4502 0005 1332", Reason.INVALID_PAYEE),
        (MeansKind.TILL, "1234", Reason.INVALID_PAYEE),
        (MeansKind.LINK, "http://pay.example.com/", Reason.UNSAFE_LINK),
        (MeansKind.LINK, "https://troco.example@evil.example/", Reason.UNSAFE_LINK),
        (MeansKind.LINK, "https://10.0.0.1/", Reason.UNSAFE_LINK),
        (MeansKind.LINK, "javascript:alert(1)", Reason.UNKNOWN_KIND),
        (MeansKind.LINK, "upi://pay?pa=shop@bank", Reason.UNSAFE_LINK),
        (MeansKind.LINK, "https://pay.example.com/" + "a" * 300, Reason.TOO_LONG),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(
    kind: MeansKind, typed: str, reason: Reason
) -> None:
    with pytest.raises(CodeRefused) as refused:
        read_payee(kind, typed)
    assert refused.value.reason == reason


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_a_clabe_is_found(first_17: str, place: int, more: int) -> None:
    whole = first_17 + clabe_check_digit(first_17)
    assert read_payee(MeansKind.CLABE, whole) == whole
    other = str((int(whole[place]) + more) % 10)
    with pytest.raises(CodeRefused):
        read_payee(MeansKind.CLABE, whole[:place] + other + whole[place + 1 :])


def test_a_pix_says_amount_key_and_order() -> None:
    asked = Asked("Padaria do Zé", 12_50, "BRL", "T7", "São Paulo")
    shown = write_means(MeansKind.PIX, "52998224725", asked)
    assert shown.text == shown.code
    code = read_br_code(shown.code)
    assert code.key is not None
    assert (code.key.text, code.amount_minor, code.txid) == ("52998224725", 12_50, "T7")
    assert (code.name, code.city) == ("Padaria do Ze", "Sao Paulo")


@pytest.mark.parametrize(
    ("kind", "payee", "currency", "scheme"),
    [
        (MeansKind.UPI, "shop@bank", "INR", Scheme.UPI),
        (MeansKind.EPC, "DE89370400440532013000", "EUR", Scheme.EPC),
        (MeansKind.PAYNOW, "+6591234567", "SGD", Scheme.PAYNOW),
    ],
)
def test_other_codes_are_read_back_by_our_own_reader(
    kind: MeansKind, payee: str, currency: str, scheme: Scheme
) -> None:
    shown = write_means(kind, payee, Asked("Bakery & Son", 12_50, currency, "T7"))
    found = read_scanned(shown.code)
    assert (found.scheme, found.payee, found.amount_minor) == (scheme, payee, 12_50)
    assert (found.currency, found.reference, found.name) == (currency, "T7", "Bakery & Son")


@pytest.mark.parametrize(
    ("kind", "payee"),
    [
        (MeansKind.BKASH, "+8801712345678"),
        (MeansKind.CLABE, "032180000118359719"),
        (MeansKind.TILL, "123456"),
    ],
)
def test_a_number_without_a_public_code_is_copied(kind: MeansKind, payee: str) -> None:
    shown = write_means(kind, payee, Asked("Shop", 100, "BDT", "T1"))
    assert (shown.text, shown.code) == (payee, "")


def test_a_code_in_another_currency_is_not_written() -> None:
    with pytest.raises(CodeRefused) as refused:
        write_means(MeansKind.PIX, "52998224725", Asked("Shop", 100, "USD", "T1", "Recife"))
    assert refused.value.reason == Reason.UNKNOWN_CURRENCY


def test_every_country_has_a_link_and_some_have_their_own() -> None:
    assert kinds_of("BR") == (MeansKind.PIX, MeansKind.LINK)
    assert kinds_of("DE") == (MeansKind.EPC, MeansKind.LINK)
    assert kinds_of("XX") == (MeansKind.LINK,)
