"""What money should do, as simply as it can be said: plain numbers, no database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

TRIES_UNTIL_LOCK = 5
TRIES_UNTIL_RESET = 10
LOCK = timedelta(minutes=30)
QUOTE_LIFE = timedelta(minutes=5)
LIVE = {"authorized", "completed"}
SHOP = "Padaria do Zé"
FEE_BASIS_POINTS = 199


def half_even(above: int, below: int) -> int:
    """Return a quotient rounded half to even; floats would not be exact."""
    found, rest = divmod(above, below)
    return found + (2 * rest > below or (2 * rest == below and found % 2 == 1))


@dataclass
class PlainPin:
    """A PIN's tries: five in a row lock it, ten without a success end it."""

    failures: int = 0
    locked_until: datetime | None = None

    def takes(self, now: datetime, *, is_right: bool) -> bool:
        """Count a try and tell whether it proves anything."""
        if self.failures >= TRIES_UNTIL_RESET:
            return False
        if self.locked_until is not None and self.locked_until > now:
            return False
        if is_right:
            self.failures, self.locked_until = 0, None
            return True
        self.failures += 1
        at_a_lock = self.failures % TRIES_UNTIL_LOCK == 0
        self.locked_until = now + LOCK if at_a_lock else None
        return False


@dataclass
class PlainQuote:
    """An offer that its payer may approve once, within five minutes."""

    payer: str
    payee: str
    amount: int
    expires_at: datetime
    request: str | None = None
    returns: str | None = None
    is_from_bank: bool = False
    payment: str | None = None


@dataclass
class PlainPayment:
    """Money that left a balance or a bank, until it has reached the payee or came back."""

    payer: str
    payee: str
    amount: int
    request: str | None = None
    returns: str | None = None
    is_from_bank: bool = False
    state: str = "authorized"
    refunding: int = 0
    refunded: int = 0
    fee_refunded: int = 0
    dispute: "PlainDispute | None" = None

    @property
    def was(self) -> str:
        """Where it was before it was disputed, as far as it has gone back since."""
        return "partially_refunded" if self.refunded else "completed"

    @property
    def fee(self) -> int:
        """What a sale costs the shop; between people nothing."""
        return half_even(self.amount * FEE_BASIS_POINTS, 10_000) if self.payee == SHOP else 0

    @property
    def rest(self) -> int:
        """What may still be given back."""
        return self.amount - self.refunding - self.refunded

    def fee_of(self, amount: int) -> int:
        """Return the fee that goes back with a refund now: all refunds together are exact."""
        gone = self.refunding + self.refunded + amount
        owed = self.fee if gone == self.amount else half_even(self.fee * gone, self.amount)
        return min(max(owed - self.fee_refunded, 0), amount)


@dataclass
class PlainRequest:
    """Somebody asks somebody for money, until a moment."""

    payee: str
    payer: str
    amount: int
    expires_at: datetime
    state: str = "open"


@dataclass
class PlainDispute:
    """Money of a sale that is held until somebody has decided."""

    amount: int
    held: int
    short: int
    state: str = "evidence_due"


@dataclass
class World:
    """Everything the model knows."""

    balances: dict[str, int]
    now: datetime
    pins: dict[str, PlainPin]
    frozen: set[str] = field(default_factory=set)
    quotes: dict[str, PlainQuote] = field(default_factory=dict)
    payments: dict[str, PlainPayment] = field(default_factory=dict)
    requests: dict[str, PlainRequest] = field(default_factory=dict)

    def refusal(self, quote: PlainQuote, *, is_proven: bool) -> str | None:
        """Return the code that a payment of this quote is refused with; counts the try."""
        if quote.payer in self.frozen:
            return "frozen"
        if not self.pins[quote.payer].takes(self.now, is_right=is_proven):
            return "proof_rejected"
        return self._deal_refusal(quote)

    def _deal_refusal(self, quote: PlainQuote) -> str | None:
        if quote.payment is not None:
            return "quote_used"
        if quote.expires_at <= self.now:
            return "quote_expired"
        code = self.request_refusal(quote.request) if quote.request is not None else None
        if quote.returns is not None:
            code = self.return_refusal(quote.returns)
        is_short = not quote.is_from_bank and self.balances[quote.payer] < quote.amount
        return "insufficient_funds" if code is None and is_short else code

    def request_refusal(self, request_id: str) -> str | None:
        """Return the code with which a request cannot be paid now."""
        request = self.requests[request_id]
        if request.state != "open":
            return "state_conflict"
        if request.expires_at <= self.now:
            return "order_expired"
        return "state_conflict" if self.is_being_paid(request_id) else None

    def is_being_paid(self, request_id: str) -> bool:
        """Tell whether a payment of a request is under way or went through."""
        return any(
            each.request == request_id and each.state in LIVE for each in self.payments.values()
        )

    def authorize(self, quote: PlainQuote, payment_id: str) -> None:
        """Take the money out of the payer's balance; the bank is asked later."""
        quote.payment = payment_id
        payment = PlainPayment(
            quote.payer,
            quote.payee,
            quote.amount,
            quote.request,
            quote.returns,
            quote.is_from_bank,
        )
        self.payments[payment_id] = payment
        self._give(payment, -payment.amount)

    def _give(self, payment: PlainPayment, amount: int) -> None:
        """Give money back to where a payment took it; what a bank holds is not counted here."""
        if not payment.is_from_bank:
            self.balances[payment.payer] += amount

    def cancel(self, payment_id: str) -> bool:
        """Give it back if nobody began to deliver it; tell whether that was so."""
        payment = self.payments[payment_id]
        if payment.state != "authorized":
            return False
        payment.state = "cancelled"
        self._give(payment, payment.amount)
        return True

    def deliver_all(self) -> None:
        """Let everything under way arrive."""
        for payment in self.payments.values():
            if payment.state == "authorized":
                payment.state = "completed"
                if payment.returns is None:
                    self.balances[payment.payee] += payment.amount - payment.fee
                else:
                    self._give(self.payments[payment.returns], payment.amount)
                if payment.request is not None:
                    self.requests[payment.request].state = "paid"
                if payment.returns is not None:
                    self.payments[payment.returns].state = "returned"
        self._give_refunds()

    def _give_refunds(self) -> None:
        """Let every refund under way arrive."""
        for payment in self.payments.values():
            if payment.refunding:
                self._give(payment, payment.refunding)
                payment.refunded += payment.refunding
                payment.refunding = 0
                lost = payment.dispute is not None and payment.dispute.state == "lost"
                if payment.state != "disputed" or lost:
                    payment.state = "partially_refunded" if payment.rest else "refunded"

    def refund(self, payment_id: str, amount: int) -> str | None:
        """Take a refund out of what the shop is owed, or return the code of its refusal."""
        payment = self.payments[payment_id]
        if payment.payee != SHOP:
            return "not_found"
        if payment.state not in {"completed", "partially_refunded"}:
            return "state_conflict"
        if amount > payment.rest:
            return "refund_exceeds_rest"
        fee = payment.fee_of(amount)
        if self.balances[SHOP] < amount - fee:
            return "insufficient_funds"
        self.balances[SHOP] -= amount - fee
        payment.fee_refunded += fee
        payment.refunding += amount
        return None

    def return_refusal(self, payment_id: str) -> str | None:
        """Return the code with which a payment between people cannot be given back now."""
        original = self.payments[payment_id]
        if original.payee == SHOP or original.state != "completed" or original.returns:
            return "state_conflict"
        under_way = any(
            each.returns == payment_id and each.state in LIVE for each in self.payments.values()
        )
        return "state_conflict" if under_way else None

    def dispute(self, payment_id: str) -> str | None:
        """Hold what is left of a sale, or return the code of the refusal."""
        payment = self.payments[payment_id]
        if payment.payee != SHOP:
            return "dispute_kind_refused"
        is_decided = payment.dispute is not None and payment.dispute.state in {"won", "lost"}
        is_open = payment.state in {"completed", "partially_refunded"}
        if not is_open or is_decided or not payment.rest:
            return "state_conflict"
        wanted = payment.rest - payment.fee_of(payment.rest)
        held = min(wanted, self.balances[SHOP])
        self.balances[SHOP] -= held
        payment.dispute = PlainDispute(payment.rest, held, wanted - held)
        payment.state = "disputed"
        return None

    def clear_dispute(self, payment: PlainPayment, to: str) -> None:
        """Give the shop back what was held."""
        assert payment.dispute is not None
        self.balances[SHOP] += payment.dispute.held
        payment.dispute.held = payment.dispute.short = 0
        payment.dispute.state = to
        payment.state = payment.was

    def lose_dispute(self, payment: PlainPayment) -> None:
        """Send what is held on its way to the payer; all that was disputed is there."""
        dispute = payment.dispute
        assert dispute is not None
        payment.fee_refunded += dispute.amount - dispute.held
        payment.refunding += dispute.amount
        dispute.held, dispute.state = 0, "lost"

    def close_request(self, request_id: str, to: str) -> bool:
        """Decline or cancel what is open and not being paid; tell whether that was so."""
        request = self.requests[request_id]
        is_open = request.state == "open" and request.expires_at > self.now
        if not is_open or self.is_being_paid(request_id):
            return False
        request.state = to
        return True

    def expire_requests(self) -> None:
        """Close what is overdue, as the clock does; what is being paid is left alone."""
        for name, request in self.requests.items():
            overdue = request.state == "open" and request.expires_at <= self.now
            if overdue and not self.is_being_paid(name):
                request.state = "expired"
