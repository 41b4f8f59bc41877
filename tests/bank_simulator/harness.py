"""A real simulator process and the small client that tests speak to it with."""

import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx

SECRET = "a-secret-of-tests"
ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 20
ANA_TAX_ID = "529.982.247-25"
BRUNO_TAX_ID = "111.444.777-35"
_numbers = itertools.count(1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Simulator:
    """One process on a store; it can be killed and started again on the same books."""

    def __init__(
        self,
        store: Path,
        environment: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> None:
        self.store = store
        self.options = list(options)
        self.environment = dict(environment or {})
        self.process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(timeout=10)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.client.close()

    def start(self) -> None:
        port = free_port()
        self.client.close()
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {SECRET}"},
            timeout=10,
        )
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "bank_simulator",
                "--store",
                str(self.store),
                "--port",
                str(port),
                *self.options,
            ],
            cwd=ROOT,
            env={**os.environ, "TROCO_SIMULATOR_SECRET": SECRET, **self.environment},
        )
        self._wait(self.process)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=10)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if self.client.get("/health").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the simulator did not start")

    def open_bank(self, *, balance_minor: int = 0) -> "Bank":
        slug = f"banco-{next(_numbers)}"
        bank = Bank(self, slug)
        answer = self.client.put(
            f"/banks/{slug}",
            json={
                "name": "Banco Ipê",
                "currency": "BRL",
                "timezone": "America/Sao_Paulo",
                "ispb": f"{next(_numbers):08d}",
                "clearing_balance_minor": balance_minor,
            },
        )
        assert answer.status_code == 201, answer.text
        return bank

    def oracle(self, slug: str, *, limit: int = 5000) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        after = 0
        while True:
            page = self.client.get(
                "/oracle",
                params={"bank": slug, "after": after, "limit": limit},
                headers={"X-Oracle": "yes"},
            ).json()
            found += page["executions"]
            if page["next"] is None:
                return {"executions": found, "balances": page["balances"].get(slug, {})}
            after = page["next"]


class Bank:
    """One bank of the simulator, spoken to as an operator does."""

    def __init__(self, simulator: Simulator, slug: str) -> None:
        self.simulator, self.slug = simulator, slug

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.simulator.client.request(method, f"/banks/{self.slug}{path}", **more)

    def post(self, path: str, **body: Any) -> httpx.Response:
        return self.call("POST", path, json=body)

    def open_account(self, balance_minor: int = 100_00, **more: Any) -> dict[str, Any]:
        body = {
            "kind": "bank_account",
            "balance_minor": balance_minor,
            "holder_tax_id": ANA_TAX_ID,
            "holder_name": "Ana",
            **more,
        }
        answer = self.post("/accounts", **body)
        assert answer.status_code == 201, answer.text
        account: dict[str, Any] = answer.json()
        return account

    def move(
        self, direction: str, token: str, amount_minor: int, instruction_id: str, **more: Any
    ) -> httpx.Response:
        body = {
            "instruction_id": instruction_id,
            "account": token,
            "amount_minor": amount_minor,
            "currency": "BRL",
            "end_to_end_id": f"E-{instruction_id}",
            "remittance": "lunch",
            **more,
        }
        return self.post(f"/{direction}s", **body)

    def debit(self, token: str, amount_minor: int, instruction_id: str) -> httpx.Response:
        return self.move("debit", token, amount_minor, instruction_id)

    def credit(self, token: str, amount_minor: int, instruction_id: str) -> httpx.Response:
        return self.move("credit", token, amount_minor, instruction_id)

    def look_up(self, instruction_id: str) -> httpx.Response:
        return self.call("GET", f"/instructions/{instruction_id}")

    def authorise(
        self, token: str, amount_minor: int, authorisation_id: str, **more: Any
    ) -> httpx.Response:
        body = {
            "authorisation_id": authorisation_id,
            "account": token,
            "amount_minor": amount_minor,
            "currency": "BRL",
            "statement_text": "Padaria do Zé",
            **more,
        }
        return self.post("/authorisations", **body)

    def capture(self, authorisation_id: str, amount_minor: int, name: str) -> httpx.Response:
        path = f"/authorisations/{authorisation_id}/captures"
        return self.post(path, capture_id=name, amount_minor=amount_minor)

    def refund(self, authorisation_id: str, amount_minor: int, name: str) -> httpx.Response:
        path = f"/authorisations/{authorisation_id}/refunds"
        return self.post(path, refund_id=name, amount_minor=amount_minor)

    def void(self, authorisation_id: str) -> httpx.Response:
        return self.post(f"/authorisations/{authorisation_id}/void")

    def balance(self, token: str) -> int:
        found: int = self.call("GET", f"/accounts/{token}").json()["balance_minor"]
        return found

    def set_fault(self, fault: str, **more: Any) -> dict[str, Any]:
        answer = self.post("/faults", fault=fault, **{"probability": 1, "seed": 1, **more})
        assert answer.status_code == 201, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def submit(self, content: bytes) -> httpx.Response:
        headers = {"Content-Type": "application/xml"}
        return self.call("POST", "/batches", content=content, headers=headers)

    def cutoff(self) -> dict[str, Any]:
        answer = self.call("POST", "/cutoff", json={})
        assert answer.status_code == 200, answer.text
        closed: dict[str, Any] = answer.json()
        return closed

    def statement(self, day: str) -> httpx.Response:
        return self.call("GET", f"/statements/{day}")
