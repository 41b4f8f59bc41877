"""What became of a batch, item by item: as JSON, and as pain.002; both streamed."""

import json
import sqlite3
from collections.abc import Iterable
from itertools import chain, groupby
from typing import IO, Any

from lxml import etree

from bank_simulator.amounts import decimal_text
from bank_simulator.banks import Bank
from bank_simulator.camt import leaf, tree

# The report's version that goes with the version of the file that it answers.
VERSIONS = {"03": "03", "09": "10"}
GROUP_STATES = {"received": "RCVD", "accepted": "ACCP", "partial": "PART", "rejected": "RJCT"}
ITEM_STATES = {"accepted": "ACCP", "rejected": "RJCT", "settled": "ACSC"}
SHOWN = ("end_to_end_id", "instruction_id", "state", "reason", "bank_reference")


def write_json(batch: sqlite3.Row, items: Iterable[sqlite3.Row], out: IO[bytes]) -> None:
    """Write `{message_id, state, items}`."""
    front = json.dumps({"message_id": batch["message_id"], "state": batch["state"]})
    out.write(front[:-1].encode() + b', "items": [')
    comma = b""
    for item in items:
        shown = {name: item[name] for name in SHOWN}
        out.write(comma + json.dumps(shown, separators=(",", ":")).encode())
        comma = b","
    out.write(b"]}")


def write_pain002(
    bank: Bank, batch: sqlite3.Row, items: Iterable[sqlite3.Row], out: IO[bytes]
) -> None:
    """Write the batch's pain.002, in the version that answers the file's own."""
    each = iter(items)
    first = next(each)
    every = chain([first], each)
    namespace = f"urn:iso:std:iso:20022:tech:xsd:pain.002.001.{VERSIONS[batch['version']]}"
    with etree.xmlfile(out, encoding="utf-8") as file:
        file.write_declaration()
        with file.element("Document", nsmap={None: namespace}), file.element("CstmrPmtStsRpt"):
            file.write(_header(bank, batch))
            file.write(_original(batch))
            for name, group in groupby(every, lambda item: item["payment_information_id"]):
                with file.element("OrgnlPmtInfAndSts"):
                    file.write(leaf("OrgnlPmtInfId", name))
                    for item in group:
                        file.write(_item(batch, item))


def _header(bank: Bank, batch: sqlite3.Row) -> etree._Element:
    # The report at receipt and the one after the cutoff are two messages.
    name = f"{bank.ispb}S{batch['number']:010d}{'R' if batch['waits'] else 'F'}"
    return tree("GrpHdr", leaf("MsgId", name), leaf("CreDtTm", batch["received_at"]))


def _original(batch: sqlite3.Row) -> etree._Element:
    whole, rest = divmod(batch["total_units"], 100_000)
    total = f"{whole}.{rest:05d}".rstrip("0").rstrip(".")
    return tree(
        "OrgnlGrpInfAndSts",
        leaf("OrgnlMsgId", batch["message_id"]),
        leaf("OrgnlMsgNmId", f"pain.001.001.{batch['version']}"),
        leaf("OrgnlNbOfTxs", str(batch["items"])),
        leaf("OrgnlCtrlSum", total),
        leaf("GrpSts", GROUP_STATES[batch["state"]]),
    )


def _item(batch: sqlite3.Row, item: sqlite3.Row) -> etree._Element:
    parts: list[Any] = [
        leaf("StsId", f"{batch['number']}-{item['position']}"),
        leaf("OrgnlInstrId", item["instruction_id"]),
        leaf("OrgnlEndToEndId", item["end_to_end_id"]),
        leaf("TxSts", ITEM_STATES[item["state"]]),
    ]
    if item["reason"]:
        parts.append(tree("StsRsnInf", tree("Rsn", leaf("Cd", item["reason"]))))
    if item["bank_reference"]:
        parts.append(leaf("AcctSvcrRef", item["bank_reference"]))
    amount = leaf("InstdAmt", decimal_text(item["amount_minor"], item["currency"]))
    amount.set("Ccy", item["currency"])
    parts.append(tree("OrgnlTxRef", tree("Amt", amount)))
    return tree("TxInfAndSts", *parts)
