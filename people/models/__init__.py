"""Tables of people; no other app imports them."""

from people.models.approvals import ApprovalRequest
from people.models.audit import AuditEntry, AuditHead
from people.models.devices import Device, SignInCode
from people.models.freezes import Freeze
from people.models.identity import Identity, TermsAcceptance
from people.models.lookups import AnswerBucket, LookupBucket
from people.models.parties import Block, Party, Person
from people.models.passkeys import Passkey, PasskeyRegistration
from people.models.pins import PinDevice
from people.models.proofs import Challenge, Proof
from people.models.recoveries import PinRecovery
from people.models.unclaimed import Invitation, UnclaimedNumber
from people.models.web import WebKey, WebSession

__all__ = [
    "AnswerBucket",
    "ApprovalRequest",
    "AuditEntry",
    "AuditHead",
    "Block",
    "Challenge",
    "Device",
    "Freeze",
    "Identity",
    "Invitation",
    "LookupBucket",
    "Party",
    "Passkey",
    "PasskeyRegistration",
    "Person",
    "PinDevice",
    "PinRecovery",
    "Proof",
    "SignInCode",
    "TermsAcceptance",
    "UnclaimedNumber",
    "WebKey",
    "WebSession",
]
