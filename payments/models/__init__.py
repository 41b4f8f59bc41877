"""Tables of payments, one file for each noun."""

from payments.models.asked import AskedElsewhere
from payments.models.banks import AgreementMove, AgreementRail, Bank, BankAgreement, ConnectorHealth
from payments.models.breakers import Breaker, BreakerMove
from payments.models.breaks import LineNote, MissingLine
from payments.models.callbacks import BankCallback
from payments.models.chargebacks import Chargeback
from payments.models.claims import ClaimTry
from payments.models.countries import (
    AvailabilityCheck,
    CapabilityMove,
    Country,
    CountryCapability,
    DayOverride,
    HoldLift,
    RegulatorClearance,
    RegulatorHold,
    WaitlistEntry,
)
from payments.models.decisions import LimitDecision
from payments.models.demands import Demand
from payments.models.disputes import Dispute, DisputeAnswer, DisputeMove
from payments.models.entries import PayableEntry, PayoutEntry
from payments.models.funding import FundingSource, PayoutAccount
from payments.models.known import KnownBank, KnownRail
from payments.models.ledger import (
    LedgerAccount,
    LedgerHold,
    LedgerInbox,
    LedgerMark,
    LedgerTransfer,
)
from payments.models.limits import (
    FeeRule,
    LimitRule,
    LimitSettings,
    LimitUsage,
    PersonalLimit,
)
from payments.models.notifications import Notification, NotifiedEntry
from payments.models.payments import Attempt, Leg, Payment, PaymentMove
from payments.models.quotes import Quote
from payments.models.receipts import Receipt, ReceiptKey
from payments.models.refunds import Refund, RefundMove
from payments.models.requests import PaymentRequest, RequestMove, Split
from payments.models.settlement import (
    BatchMove,
    FilePart,
    Payout,
    PayoutItem,
    PayoutMove,
    SettlementBatch,
    SettlementWindow,
)
from payments.models.statements import DayProof, Statement, StatementLine
from payments.models.stops import PayoutStop
from payments.models.taken_back import TakenBack
from payments.models.terms import CaseTerms
from payments.models.troubles import BankTrouble, TooLarge
from payments.models.ways_back import WayBack

__all__ = [
    "AgreementMove",
    "AgreementRail",
    "AskedElsewhere",
    "Attempt",
    "AvailabilityCheck",
    "Bank",
    "BankAgreement",
    "BankCallback",
    "BankTrouble",
    "BatchMove",
    "Breaker",
    "BreakerMove",
    "CapabilityMove",
    "CaseTerms",
    "Chargeback",
    "ClaimTry",
    "ConnectorHealth",
    "Country",
    "CountryCapability",
    "DayOverride",
    "DayProof",
    "Demand",
    "Dispute",
    "DisputeAnswer",
    "DisputeMove",
    "FeeRule",
    "FilePart",
    "FundingSource",
    "HoldLift",
    "KnownBank",
    "KnownRail",
    "LedgerAccount",
    "LedgerHold",
    "LedgerInbox",
    "LedgerMark",
    "LedgerTransfer",
    "Leg",
    "LimitDecision",
    "LimitRule",
    "LimitSettings",
    "LimitUsage",
    "LineNote",
    "MissingLine",
    "Notification",
    "NotifiedEntry",
    "PayableEntry",
    "Payment",
    "PaymentMove",
    "PaymentRequest",
    "Payout",
    "PayoutAccount",
    "PayoutEntry",
    "PayoutItem",
    "PayoutMove",
    "PayoutStop",
    "PersonalLimit",
    "Quote",
    "Receipt",
    "ReceiptKey",
    "Refund",
    "RefundMove",
    "RegulatorClearance",
    "RegulatorHold",
    "RequestMove",
    "SettlementBatch",
    "SettlementWindow",
    "Split",
    "Statement",
    "StatementLine",
    "TakenBack",
    "TooLarge",
    "WaitlistEntry",
    "WayBack",
]
