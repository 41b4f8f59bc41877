"""Bank statements written by hand, with whatever is wrong with them."""

from datetime import date

BASE = "urn:iso:std:iso:20022:tech:xsd:"
DAY = date(2026, 11, 23)


def statement(
    entries: str = "",
    *,
    balances: tuple[int, int] = (-1_00, 9_00),
    day: date = DAY,
    number: int = 4,
    front: str = "",
    doctype: str = "",
) -> bytes:
    """A camt.053 of a day; ``front`` stands instead of its balances."""
    both = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{money(abs(minor))}"
        f"<CdtDbtInd>{'DBIT' if minor < 0 else 'CRDT'}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
        for code, minor in zip(("OPBD", "CLBD"), balances, strict=True)
    )
    return (
        f"<?xml version='1.0'?>{doctype}<Document xmlns='{BASE}camt.053.001.08'><BkToCstmrStmt>"
        f"<Stmt><Id>s-1</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><Acct><Ccy>BRL</Ccy></Acct>"
        f"{front or both}{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def notification(entries: str, *, reference: str = "n-1") -> bytes:
    """A camt.054."""
    return (
        f"<Document xmlns='{BASE}camt.054.001.08'><BkToCstmrDbtCdtNtfctn><Ntfctn>"
        f"<Id>{reference}</Id><Acct><Ccy>BRL</Ccy></Acct>{entries}"
        "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


def entry(
    details: str,
    amount: str = "3.00",
    sign: str = "CRDT",
    *,
    day: date = DAY,
    reference: str = "R1",
    marks: str = "",
) -> str:
    """One entry; ``marks`` stand between its direction and its day."""
    return (
        f"<Ntry><Amt Ccy='BRL'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{marks}"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def part(end_to_end_id: str, amount: str = "", *, inside: str = "") -> str:
    """One payment of an entry."""
    money = f"<Amt Ccy='BRL'>{amount}</Amt>" if amount else ""
    refs = f"<Refs><EndToEndId>{end_to_end_id}</EndToEndId></Refs>" if end_to_end_id else ""
    return f"<TxDtls>{refs}{money}{inside}</TxDtls>"


def charge(amount: str, *, included: str = "true", sign: str = "DBIT") -> str:
    """A charge of the bank's, of an entry or of a payment inside it."""
    return (
        f"<Chrgs><Rcrd><Amt Ccy='BRL'>{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>"
        f"<ChrgInclInd>{included}</ChrgInclInd></Rcrd></Chrgs>"
    )


def money(amount_minor: int) -> str:
    """An amount as files write it."""
    return f"<Amt Ccy='BRL'>{amount_minor // 100}.{amount_minor % 100:02d}</Amt>"
