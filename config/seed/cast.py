"""Who lives in the sandbox: invented names, and logins that are printed for everybody to use.

None of this exists in a live instance: the command that makes it refuses to run there.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PortalLogin:
    """Somebody who signs in with a password and a second factor.

    Attributes:
        login: What is typed first.
        name: What others see.
        password: Printed by ``show_logins``.
        totp_secret: Base 32, for an authenticator app.
        phone: Their own number as a consumer; empty for staff.
    """

    login: str
    name: str
    password: str
    totp_secret: str
    phone: str = ""

    def totp_key(self) -> bytes:
        """Return the TOTP secret as the bytes that codes are made from."""
        return base64.b32decode(self.totp_secret)


@dataclass(frozen=True, slots=True)
class Consumer:
    """Somebody who chats and pays.

    Attributes:
        name: Legal name; the first word is what friends see.
        phone: E.164.
        tax_id: CPF in Brazil, free text in Sandboxland.
        born: Date of birth.
        pin: Six digits.
        bank: Where their money is.
        balance_minor: How much of it.
    """

    name: str
    phone: str
    tax_id: str
    born: date
    pin: str
    bank: str
    balance_minor: int

    def device_secret(self) -> bytes:
        """Return the 32 bytes of this person's fixed sandbox device key (Ed25519)."""
        return hashlib.sha256(f"troco sandbox device {self.phone}".encode()).digest()


def _secret(login: str) -> str:
    """Return a fixed TOTP secret, 20 bytes in base 32."""
    digest = hashlib.sha256(f"troco sandbox totp {login}".encode()).digest()[:20]
    return base64.b32encode(digest).decode()


def _portal(login: str, name: str, phone: str = "") -> PortalLogin:
    return PortalLogin(login, name, "sandbox-" + login, _secret(login), phone)


OWNER = _portal("ze", "José Carvalho", "+5511987650001")
CASHIER = _portal("lia", "Lia Campos", "+5511987650002")
STAFF = (_portal("marta", "Marta"), _portal("otto", "Otto"))

SHOP_NAME = "Padaria do Zé"
SHOP_LEGAL_NAME = "Padaria do Zé Ltda"
SHOP_CNPJ = "11222333000181"
SHOP_BANK = "banco-jatoba"
SHOP_ABOUT = "Pães, bolos e salgados, do forno para a sua mesa."

IPE, JATOBA = "banco-ipe", "banco-jatoba"

ANA = Consumer(
    "Ana Beatriz Souza",
    "+5511987651001",
    "52998224725",
    date(1991, 4, 12),
    "493817",
    IPE,
    2_500_000,
)
BRUNO = Consumer(
    "Bruno Oliveira Lima",
    "+5521987651002",
    "11144477735",
    date(1988, 9, 3),
    "720648",
    JATOBA,
    900_000,
)


def _cpf(stem: str) -> str:
    """Complete nine digits to a CPF by the Receita Federal's modulo-11 rule."""
    digits = [int(character) for character in stem]
    for _ in range(2):
        weights = range(len(digits) + 1, 1, -1)
        rest = sum(d * w for d, w in zip(digits, weights, strict=True)) * 10 % 11
        digits.append(0 if rest == 10 else rest)  # noqa: PLR2004 - Ten is written as 0.
    return "".join(map(str, digits))


_NAMES = (
    "Carlos Eduardo Lima",
    "Fernanda Oliveira Dias",
    "Rafael Nunes Prado",
    "Sofia Martins Rocha",
    "Marina Costa Alves",
    "João Pedro Alves",
    "Luiza Andrade Melo",
    "Paulo Henrique Reis",
    "Beatriz Cardoso Pinto",
    "Thiago Barbosa Cruz",
)

_PINS = (
    "615922",
    "591047",
    "605922",
    "401047",
    "995922",
    "811047",
    "785922",
    "821047",
    "975922",
    "431047",
)

CUSTOMERS = tuple(
    Consumer(
        name,
        f"+5511987652{number:03d}",
        _cpf(f"3478912{number:02d}"),
        date(1980 + number, 1 + number % 12, 10 + number),
        _PINS[number],
        (IPE, JATOBA)[number % 2],
        2_000_000,
    )
    for number, name in enumerate(_NAMES)
)


@dataclass(frozen=True, slots=True)
class Item:
    """Something the shop sells; the price in minor units, stock None where it never ends."""

    name: str
    price_minor: int
    description: str
    emoji: str
    stock: int | None
    unit: str = ""
    preparation_minutes: int | None = None


CATALOGUE = (
    Item("Pão francês (6 un.)", 750, "Saiu do forno agora.", "🥖", None),
    Item("Pão de queijo (10 un.)", 1800, "Mineiro de verdade.", "🧀", None),
    Item("Bolo de cenoura", 3200, "Com cobertura de chocolate.", "🥕", 60),
    Item("Bolo de fubá", 2600, "Com erva-doce.", "🌽", 45),
    Item("Brigadeiro (12 un.)", 3600, "Chocolate meio amargo.", "🍫", 80),
    Item("Torta de frango", 5400, "Serve seis pessoas.", "🥧", 25, "each", 60),
    Item("Coxinha (10 un.)", 4200, "Frita na hora.", "🍗", None),
    Item("Café coado 500 ml", 1200, "Grão da Mogiana.", "☕", None),
    Item("Sonho de creme", 900, "Um só nunca basta.", "🍩", 4, "each"),
    Item("Panetone da casa", 4900, "De novembro a janeiro.", "🎄", 120),
)

BANKS = (IPE, JATOBA)
