"""Tables of payments, one file for each noun."""

from payments.models.banks import AgreementMove, AgreementRail, Bank, BankAgreement, ConnectorHealth
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
from payments.models.demands import Demand
from payments.models.funding import FundingSource, PayoutAccount
from payments.models.ledger import LedgerAccount, LedgerHold, LedgerInbox, LedgerTransfer
from payments.models.limits import (
    FeeRule,
    LimitRule,
    LimitSettings,
    LimitUsage,
    PersonalLimit,
)
from payments.models.payments import Attempt, Leg, Payment, PaymentMove
from payments.models.quotes import Quote
from payments.models.requests import PaymentRequest, RequestMove, Split
from payments.models.settlement import (
    BatchMove,
    Payout,
    PayoutItem,
    PayoutMove,
    SettlementBatch,
    SettlementWindow,
)
from payments.models.statements import DayProof, Statement, StatementLine

__all__ = [
    "AgreementMove",
    "AgreementRail",
    "Attempt",
    "AvailabilityCheck",
    "Bank",
    "BankAgreement",
    "BatchMove",
    "CapabilityMove",
    "ConnectorHealth",
    "Country",
    "CountryCapability",
    "DayOverride",
    "DayProof",
    "Demand",
    "FeeRule",
    "FundingSource",
    "HoldLift",
    "LedgerAccount",
    "LedgerHold",
    "LedgerInbox",
    "LedgerTransfer",
    "Leg",
    "LimitRule",
    "LimitSettings",
    "LimitUsage",
    "Payment",
    "PaymentMove",
    "PaymentRequest",
    "Payout",
    "PayoutAccount",
    "PayoutItem",
    "PayoutMove",
    "PersonalLimit",
    "Quote",
    "RegulatorClearance",
    "RegulatorHold",
    "RequestMove",
    "SettlementBatch",
    "SettlementWindow",
    "Split",
    "Statement",
    "StatementLine",
    "WaitlistEntry",
]
