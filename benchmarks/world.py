"""What is measured on: many accounts, and people who can pay each other.

Countries and banks are made by the product's own services; people, who would cost a password
hash each, by one statement for each table. Nothing here is measured.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from benchmarks.house import House
from core.clock import business_now
from core.transactions import owns_block
from payments.enums import AgreementState, Capability
from payments.models import ConnectorHealth, LimitRule
from payments.services.agreements import (
    AgreementTerms,
    NewBank,
    NewClearance,
    RailTerms,
    Signatures,
    add_bank,
    draft_agreement,
    move_agreement,
    record_clearance,
    sign_agreement,
)
from payments.services.availability import add_country, check_country, open_capability
from payments.services.health import note_probe
from payments.services.limits import put_standard_rules
from people.models import Person
from people.services.staff import create_staff

ACCOUNTS = 100_000
PEOPLE = 2_000
COUNTRY = "XX"
CURRENCY = "XTS"
TIMEZONE = "UTC"
_EACH_MINOR = 10**9
# Far from every id that the product's own parties will get.
_STRANGERS = 10**12

_MANY_ACCOUNTS = """
INSERT INTO payments_ledgeraccount (kind, currency, party_id, bank, balance, floor, takes_inbox)
SELECT 'balance', 'BRL', %s + number, '', 0, 0, false FROM generate_series(0, %s) AS number
"""
_FUNDED = """
SELECT ledger_batch_v2(array_agg(gen_random_uuid()), array_agg(gen_random_uuid()),
                       array_agg('deliver'::text), array_agg(%(write_offs)s::bigint), array_agg(id),
                       array_agg(%(amount)s::bigint), %(currency)s, array_agg('funding'::text),
                       now())
  FROM payments_ledgeraccount WHERE id BETWEEN %(first)s AND %(last)s
"""


@dataclass(frozen=True, slots=True)
class Books:
    """The accounts that ledger scenes move money between; ids without gaps.

    Attributes:
        first: Id of the first account.
        last: Id of the last one.
        hot: Id of one more account, which everybody pays.
    """

    first: int
    last: int
    hot: int

    @property
    def range(self) -> Mapping[str, int]:
        """The variables of the scripts."""
        many = self.last - self.first + 1
        return {"first": self.first, "last": self.last, "many": many}


def fill_books(house: House, accounts: int = ACCOUNTS) -> Books:
    """Open accounts and give each its money by transfers, so that the books stay provable."""
    house.tell(_MANY_ACCOUNTS, _STRANGERS, accounts)
    first = int(house.ask("SELECT min(id) FROM payments_ledgeraccount WHERE currency = 'BRL'"))
    books = Books(first, first + accounts - 1, first + accounts)
    fund(house, "BRL", books.first, books.last)
    house.tell("VACUUM ANALYZE payments_ledgeraccount")
    return books


def fund(house: House, currency: str, first: int, last: int) -> None:
    """Give every account of a range its money, out of write-offs."""
    write_offs = house.ask(
        "SELECT (ledger_accounts_v2(ARRAY['write_offs'], ARRAY[NULL]::bigint[], ARRAY[''],"
        " ARRAY[%s], ARRAY[NULL]::bigint[], ARRAY[true]))[1]",
        currency,
    )
    for start in range(first, last + 1, 1000):
        values = {
            "write_offs": write_offs,
            "amount": _EACH_MINOR,
            "currency": currency,
            "first": start,
            "last": min(start + 999, last),
        }
        house.ask_named(_FUNDED, values)


def open_land() -> Person:
    """Open the country whose licence lets the operator hold balances, as staff do."""
    staff = create_staff(
        login="opener",
        password="a long enough passphrase",  # noqa: S106 - Of a database that lives for minutes.
        totp_secret="JBSWY3DPEHPK3PXP",  # noqa: S106 - Likewise.
        is_superuser=True,
    )
    facts: dict[str, object] = {
        "iso2": COUNTRY,
        "name": "Sandboxland",
        "currency": CURRENCY,
        "timezone": TIMEZONE,
        "min_live_banks": 1,
        "holds_funds": True,
    }
    add_country(facts=facts, staff=staff)
    _sign_bank(staff)
    with owns_block():
        put_standard_rules(country=COUNTRY)
    # Limits are counted as always; they only never bite.
    LimitRule.objects.update(value=10**12)
    record_clearance(
        staff=staff,
        clearance=NewClearance(
            country=COUNTRY,
            capability="",
            scheme="licence",
            instrument="measured only",
            valid_from_date=business_now().date() - timedelta(days=1),
            evidence="A regulator that exists in a benchmark only.",
        ),
    )
    check_country(country=COUNTRY)
    open_capability(
        staff=staff, country=COUNTRY, capability=Capability.PERSON_TO_PERSON, reason="measured"
    )
    return staff


def _sign_bank(staff: Person) -> None:
    add_bank(
        staff=staff,
        bank=NewBank("bank-a", "Bank A", COUNTRY, CURRENCY, TIMEZONE, "00000001", "sandbox"),
    )
    terms = AgreementTerms(
        valid_from_date=business_now().date() - timedelta(days=1),
        valid_to_date=None,
        capabilities=tuple(Capability.values),
        rail=RailTerms("sandbox", time(18), TIMEZONE, 1, 10**12),
    )
    agreement = draft_agreement(staff=staff, bank="bank-a", terms=terms).public_id
    signatures = Signatures(
        hashlib.sha256(b"agreement").hexdigest(), "Their director", "Our director"
    )
    sign_agreement(staff=staff, agreement_id=agreement, signatures=signatures)
    move_agreement(
        staff=staff, agreement_id=agreement, state=AgreementState.LIVE, reason="measured"
    )
    for _ in range(ConnectorHealth.objects.get(bank__slug="bank-a").good_to_up):
        note_probe(bank="bank-a", is_good=True)
