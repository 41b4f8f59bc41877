"""``python -m benchmarks.files``: settlement files of 100,000 lines, built and read.

Each job runs in a process of its own, started from nothing, so that its memory is its own: the
most that it ever held, as the kernel counts it. The goals are issue 4's: a payment file built in
10 s and 100 MiB; the statement's reading is told beside, importing and matching it is measured
with the database.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "files.json"
LINES = 100_000
BUILT_WITHIN_SECONDS = 10
BUILT_WITHIN_MIB = 100
_AMOUNT_MINOR = 12_345
_DAY = date(2026, 11, 23)


@dataclass(frozen=True, slots=True)
class Measured:
    """One job: how long it took, the most memory it held, and what came of it."""

    job: str
    lines: int
    seconds: float
    most_mib: float
    file_mib: float


def build(version: str, lines: int, path: Path) -> None:
    """Build a payment file."""
    from payments.rails.pain001 import FileHead, Transfer, write_into  # noqa: PLC0415 - Measured.

    head = FileHead(
        message_id="bat_01M83YPJZQWEY7NJB3E4YATT5J",
        made_at=datetime(2026, 11, 23, 20, 0, tzinfo=UTC),
        initiator="Troco",
        bank_member_id="90000001",
        debtor_account="clearing",
        execution_date=_DAY,
        currency="BRL",
        count=lines,
        total_minor=lines * _AMOUNT_MINOR,
        version=version,
    )

    def transfers() -> Iterator[Transfer]:
        for number in range(lines):
            name = f"pyo_{number:026d}"
            yield Transfer(name, f"tok_{number:020d}", "Padaria do Zé", _AMOUNT_MINOR, f"T {name}")

    with path.open("wb") as out:
        write_into(out, head, transfers())


def read(lines: int, path: Path) -> None:
    """Read a statement to its last line."""
    from payments.rails.camt053 import read_statement  # noqa: PLC0415 - Measured.

    with path.open("rb") as file:
        found = sum(entry.amount_minor for entry in read_statement(file).entries())
    if found != lines * _AMOUNT_MINOR:
        raise SystemExit(f"the statement adds up to {found}")


def write_statement(lines: int, path: Path) -> None:
    """Write the statement that is read, as a bank would."""
    total = f"{lines * _AMOUNT_MINOR // 100}.{lines * _AMOUNT_MINOR % 100:02d}"
    balances = "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='BRL'>{amount}</Amt>"
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{_DAY}</Dt></Dt></Bal>"
        for code, amount in (("OPBD", "0.00"), ("CLBD", total))
    )
    with path.open("w", encoding="utf-8") as out:
        out.write(
            "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'><BkToCstmrStmt>"
            f"<Stmt><Id>S1</Id><ElctrncSeqNb>1</ElctrncSeqNb><Acct><Ccy>BRL</Ccy></Acct>{balances}"
        )
        for number in range(lines):
            out.write(
                "<Ntry><Amt Ccy='BRL'>123.45</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd>"
                f"</Sts><BookgDt><Dt>{_DAY}</Dt></BookgDt><AcctSvcrRef>R{number}</AcctSvcrRef>"
                f"<NtryDtls><TxDtls><Refs><InstrId>I{number}</InstrId><EndToEndId>E{number}"
                "</EndToEndId></Refs><RmtInf><Ustrd>lunch</Ustrd></RmtInf></TxDtls></NtryDtls>"
                "</Ntry>"
            )
        out.write("</Stmt></BkToCstmrStmt></Document>")


def work(job: str, lines: int, path: Path) -> None:
    """Do one job in this process and tell what it took, as JSON."""
    began = time.perf_counter()
    if job == "camt.053 read":
        read(lines, path)
    else:
        build(job.removesuffix(" built"), lines, path)
    seconds = round(time.perf_counter() - began, 2)
    sys.stdout.write(json.dumps({"seconds": seconds, "most_mib": _most_mib()}))


def measure(job: str, lines: int, folder: Path) -> Measured:
    """Have one job done by a new process."""
    path = folder / "file.xml"
    if job == "camt.053 read":
        write_statement(lines, path)
    command = [sys.executable, "-m", "benchmarks.files", "--job", job, "--lines", str(lines)]
    done = subprocess.run(
        [*command, "--path", str(path)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    told = json.loads(done.stdout)
    mib = round(path.stat().st_size / 2**20, 1)
    return Measured(job, lines, told["seconds"], told["most_mib"], mib)


def main() -> int:
    """Measure everything; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files", description=__doc__)
    parser.add_argument("--lines", type=int, default=LINES)
    parser.add_argument("--write", action="store_true", help="write the results as JSON")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.job:
        work(asked.job, asked.lines, asked.path)
        return 0
    jobs = ("pain.001.001.03 built", "pain.001.001.09 built", "camt.053 read")
    with tempfile.TemporaryDirectory() as folder:
        found = [measure(job, asked.lines, Path(folder)) for job in jobs]
    for each in found:
        sys.stdout.write(
            f"{each.job}: {each.lines:,} lines, {each.file_mib} MiB, {each.seconds} s,"
            f" at most {each.most_mib} MiB\n"
        )
    if asked.write:
        told = [asdict(each) for each in found]
        RESULTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return 0 if all(is_within_goal(each) for each in found) else 1


def is_within_goal(measured: Measured) -> bool:
    """Tell whether a job kept to its goal; reading has none of its own."""
    if not measured.job.endswith("built"):
        return True
    is_quick = measured.seconds <= BUILT_WITHIN_SECONDS
    return is_quick and measured.most_mib <= BUILT_WITHIN_MIB


def _most_mib() -> float:
    """Return the most memory that this process ever held: the kernel's high-water mark."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
