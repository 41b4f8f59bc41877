"""The files that tests send and read: a pain.001 made by hand, a camt.053 read plainly."""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

PAIN = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.{version}"
CAMT = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}"


@dataclass(frozen=True)
class Paper:
    """What a payment file says; `transfers` are (token, decimal text, end-to-end id)."""

    message_id: str
    transfers: Sequence[tuple[str, str, str]]
    count: str | None = None
    total: str | None = None
    version: str = "09"
    debtor: str = "clearing"
    currency: str = "BRL"

    def content(self) -> bytes:
        count = self.count or str(len(self.transfers))
        cents = sum(int(text.replace(".", "")) for _, text, _ in self.transfers)
        total = self.total or f"{cents // 100}.{cents % 100:02d}"
        sums = f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
        namespace = PAIN.format(version=self.version)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{namespace}">'
            "<CstmrCdtTrfInitn><GrpHdr>"
            f"<MsgId>{self.message_id}</MsgId><CreDtTm>2026-11-23T12:00:00</CreDtTm>{sums}"
            "</GrpHdr><PmtInf><PmtInfId>P1</PmtInfId><PmtMtd>TRF</PmtMtd>"
            f"<DbtrAcct><Id><Othr><Id>{self.debtor}</Id></Othr></Id></DbtrAcct>"
            f"{''.join(self._transfer(*transfer) for transfer in self.transfers)}"
            "</PmtInf></CstmrCdtTrfInitn></Document>"
        ).encode()

    def _transfer(self, token: str, amount: str, end_to_end_id: str) -> str:
        return (
            f"<CdtTrfTxInf><PmtId><InstrId>I-{end_to_end_id}</InstrId>"
            f"<EndToEndId>{end_to_end_id}</EndToEndId></PmtId>"
            f'<Amt><InstdAmt Ccy="{self.currency}">{amount}</InstdAmt></Amt>'
            f"<CdtrAcct><Id><Othr><Id>{token}</Id></Othr></Id></CdtrAcct>"
            "<RmtInf><Ustrd>payout</Ustrd></RmtInf></CdtTrfTxInf>"
        )


@dataclass(frozen=True)
class Sheet:
    """A statement in signed minor units; `lines` are (end-to-end id, amount)."""

    number: int
    opening: int
    closing: int
    lines: list[tuple[str, int]]

    @classmethod
    def read(cls, content: bytes) -> "Sheet":
        statement = etree.fromstring(content).find(f"{CAMT}BkToCstmrStmt/{CAMT}Stmt")
        assert statement is not None
        balances = {
            balance.findtext(f"{CAMT}Tp/{CAMT}CdOrPrtry/{CAMT}Cd"): _signed(balance)
            for balance in statement.findall(f"{CAMT}Bal")
        }
        lines = [
            (
                str(entry.findtext(f"{CAMT}NtryDtls/{CAMT}TxDtls/{CAMT}Refs/{CAMT}EndToEndId")),
                _signed(entry),
            )
            for entry in statement.findall(f"{CAMT}Ntry")
        ]
        number = int(statement.findtext(f"{CAMT}ElctrncSeqNb") or "0")
        return cls(number, balances["OPBD"], balances["CLBD"], lines)


def _signed(element: etree._Element) -> int:
    minor = int((element.findtext(f"{CAMT}Amt") or "").replace(".", ""))
    return minor if element.findtext(f"{CAMT}CdtDbtInd") == "CRDT" else -minor
