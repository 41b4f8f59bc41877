"""Padaria do Zé's number, and Ana who writes to it, on a whole instance."""

import contextlib
import json
import os
import queue
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from config.story.people import new_key
from tests.messaging import samples
from tests.processes.cast import Someone
from tests.processes.instance import Instance

CLIENTS = Path(__file__).parent.parent / "clients"
VERIFY = "padaria-à-prova"
NODE, NPM = shutil.which("node"), shutil.which("npm")
REPORT_SECONDS = 300.0


@dataclass(frozen=True)
class Line:
    """What a shop's program is set up with, as ``open_shop_line`` prints it."""

    base_url: str
    phone: str
    account: str
    app: str
    secret: str
    token: str

    def call(self, method: str, path: str, body: object = None, **query: str) -> httpx.Response:
        """Call the API of the Cloud shapes."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.base_url}/v23.0/{path}"
        return httpx.request(method, url, json=body, params=query, headers=headers, timeout=60)

    def listen_at(self, url: str) -> None:
        """Set the app's callback; the address answers the challenge."""
        token = f"{self.app}|{self.secret}"
        asked = {
            "object": "whatsapp_business_account",
            "callback_url": url,
            "verify_token": VERIFY,
            "fields": "messages",
            "access_token": token,
        }
        reply = httpx.post(
            f"{self.base_url}/v23.0/{self.app}/subscriptions", params=asked, timeout=30
        )
        assert reply.json() == {"success": True}, reply.text

    def listen_nowhere(self) -> None:
        """Take the app's callback away."""
        assert self.call("DELETE", f"{self.app}/subscriptions").json() == {"success": True}


def open_line(instance: Instance) -> Line:
    """Give the bakery a number, or new secrets for the one it has."""
    shop = instance.one("SELECT public_id FROM merchants_shop ORDER BY id LIMIT 1")
    # A shop has twenty keys at most, and each of these makes one.
    instance.rows("UPDATE merchants_shopkey SET revoked_at = now() WHERE name = 'Bot'")
    # What the libraries' examples show.
    instance.rows(
        "UPDATE merchants_product SET sku = 'bolo' WHERE id = (SELECT min(id)"
        " FROM merchants_product WHERE shop_id = (SELECT min(id) FROM merchants_shop)"
        " AND is_visible AND archived_at IS NULL)"
    )
    printed = instance.manage("open_shop_line", shop)
    assert printed.returncode == 0, printed.stderr
    told = {
        line[:20].strip(): line[20:].strip()
        for line in printed.stdout.splitlines()
        if not line.startswith(" ")
    }
    return Line(
        base_url=told["base URL"],
        phone=told["phone number id"],
        account=told["business account id"],
        app=told["app id"],
        secret=told["app secret"],
        token=told["access token"],
    )


def set_up_pywa(kind: Any, line: Line) -> Any:
    """Make a client of pywa or pywa_async that speaks to the instance."""
    wa = kind(
        phone_id=line.phone,
        token=line.token,
        waba_id=line.account,
        app_id=int(line.app),
        app_secret=line.secret,
        verify_token=VERIFY,
    )
    wa.api._session.base_url = f"{line.base_url}/v23.0/"  # noqa: SLF001
    return wa


class Customer:
    """Somebody who writes to the bakery."""

    def __init__(self, who: Someone) -> None:
        self.who = who
        bakery = who.api.call("GET", "/v1/shops?q=Padaria")["data"][0]
        self.shop = bakery["id"]
        talk = who.api.call("POST", "/v1/conversations", {"with": [bakery["party"]]})
        self.talk = talk["id"]

    @property
    def digits(self) -> str:
        return self.who.phone.number.removeprefix("+")

    def say(self, kind: str = "text", **said: Any) -> dict[str, Any]:
        body = {"client_id": new_key(), "type": kind, **said}
        path = f"/v1/conversations/{self.talk}/messages"
        return self.who.api.call("POST", path, body, expect=201)

    def read(self) -> list[dict[str, Any]]:
        """Return everything that was said, oldest first, and mark it as read."""
        path = f"/v1/conversations/{self.talk}"
        rows = self.who.api.call("GET", f"{path}/messages?after_seq=0&limit=100")["data"]
        found = sorted(rows, key=lambda each: each["seq"])
        self.who.api.call("POST", f"{path}/read", {"seq": found[-1]["seq"]})
        return [each for each in found if each["sender"] != self.who.party]


def write_samples(folder: Path) -> None:
    """Write one file of each sort that a bot sends."""
    folder.mkdir(exist_ok=True)
    (folder / "bolo.png").write_bytes(samples.picture("PNG"))
    (folder / "conta.pdf").write_bytes(samples.pdf())
    (folder / "forno.mp4").write_bytes(samples.iso(b"isom", b"vide", b"soun"))
    (folder / "voz.ogg").write_bytes(samples.ogg())
    (folder / "figurinha.webp").write_bytes(samples.picture("WEBP"))


def install_clients() -> None:
    """Install the npm packages by their lock file; the digests there decide what they are."""
    assert NPM is not None
    kept = CLIENTS / "node_modules" / ".package-lock.json"
    wanted = json.loads((CLIENTS / "package-lock.json").read_text("utf-8"))["packages"]
    if kept.exists():
        known = json.loads(kept.read_text("utf-8"))["packages"]
        if all(
            known.get(name, {}).get("integrity") == each.get("integrity")
            for name, each in wanted.items()
            if name
        ):
            return
    subprocess.run([NPM, "ci", "--no-progress"], cwd=CLIENTS, check=True, timeout=180)


class NodeBot:
    """A bot that runs in Node: it says in lines of JSON how far it is."""

    def __init__(self, program: str, given: dict[str, Any]) -> None:
        assert NODE is not None
        self.process = subprocess.Popen(
            [NODE, program],
            cwd=CLIENTS,
            env={"PATH": os.environ["PATH"], "TROCO_BOT": json.dumps(given)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line)
        self._lines.put("")

    def wait_for(self, where: str) -> dict[str, Any]:
        """Return what the bot says when it is so far."""
        strange = [f"never came: {where}\n"]
        with contextlib.suppress(queue.Empty):
            while line := self._lines.get(timeout=REPORT_SECONDS):
                said = json.loads(line) if line.startswith("{") else {}
                if said.get("at") == where:
                    return dict(said)
                strange.append(line)
        raise AssertionError("".join(strange))

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)
