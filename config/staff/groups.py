"""Who of the staff may do what: four groups, kept in code and written by one command.

A member of staff is in one group or several. Looking and doing are apart: a permission that
begins with ``view`` opens pages, every other one a single act.
"""

from collections.abc import Mapping
from types import MappingProxyType

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType

from core.transactions import owns

ACTS: Mapping[str, str] = MappingProxyType(
    {
        "payments.impose_regulatorhold": "Can impose a regulator's hold",
        "payments.lift_regulatorhold": "Can approve lifting a hold",
        "payments.open_countrycapability": "Can open a country's business",
        "payments.close_countrycapability": "Can close a country's business",
        "payments.move_bankagreement": "Can draft, sign, suspend or resume a bank agreement",
        "payments.record_regulatorclearance": "Can record a regulator's clearance",
        "payments.approve_settlementbatch": "Can approve a settlement batch",
        "payments.reissue_payout": "Can reissue a payout that was not executed",
        "payments.try_breaker": "Can have a bank's connection tried now",
        "payments.set_dayoverride": "Can say whether banks work on a day",
        "payments.resolve_statementline": "Can explain a statement line, or ask what it was",
        "payments.approve_statementline": "Can approve what a colleague says a line was",
        "payments.decide_limitdecision": "Can ask for another limit of a person or shop",
        "payments.approve_limitdecision": "Can approve another limit of a person or shop",
        "payments.look_up_payment": "Can ask a bank about a payment",
        "payments.refund_payment": "Can refund a purchase for a shop",
        "payments.approve_refund": "Can approve or decline a colleague's refund",
        "payments.decide_dispute": "Can decide a dispute",
        "payments.redirect_payment": "Can send refused money back to another account",
        "people.freeze_person": "Can freeze and unfreeze a person's payments",
        "merchants.review_shop": "Can review shops",
        "merchants.decide_linetemplate": "Can approve and refuse shops' templates",
        "merchants.revoke_shopkey": "Can end a shop's key",
        "merchants.stop_webhookendpoint": "Can stop an endpoint of a shop",
        "merchants.disable_paymentlink": "Can switch a shop's payment link off",
        "merchants.remove_productpicture": "Can take a shop's picture down",
        "merchants.end_paperlink": "Can end a code that takes a shop's paper",
        "merchants.end_statementmail": "Can end a shop's statements by mail",
        "messaging.close_report": "Can close what members told of others",
        "people.export_auditentry": "Can export the audit trail",
        "people.reveal_person": "Can see a person's number, name and tax id in full",
        "people.appoint_person": "Can ask for and approve a change of a colleague's groups",
        "core.release_duty": "Can make a parked duty due again",
    }
)

_COUNTRIES = (
    "payments.country payments.countrycapability payments.capabilitymove payments.bank"
    " payments.bankagreement payments.agreementrail payments.connectorhealth"
    " payments.regulatorclearance payments.regulatorhold payments.availabilitycheck"
    " payments.limitrule payments.feerule payments.dayoverride payments.receiptkey"
    " payments.caseterms"
)
_PAYMENTS = (
    "payments.payment payments.receipt payments.paymentrequest payments.fundingsource"
    " payments.payoutaccount payments.demand payments.refund payments.dispute"
    " payments.chargeback"
)
_SETTLEMENT = (
    "payments.breaker payments.settlementbatch payments.payout payments.statement"
    " payments.statementline payments.missingline payments.notification payments.dayproof"
    " payments.takenback payments.wayback payments.banktrouble payments.toolarge"
    " payments.ledgeraccount payments.ledgertransfer payments.bankcallback"
)
_PEOPLE = (
    "people.party people.person people.device people.identity people.proof people.freeze"
    " people.passkey people.pinrecovery payments.personallimit payments.limitsettings"
    " payments.limitusage payments.limitdecision"
)
_SHOPS = (
    "merchants.shop merchants.product merchants.order merchants.externalmeans merchants.shopreview"
    " merchants.shopkey merchants.webhookendpoint merchants.webhookdelivery"
    " merchants.line merchants.linetemplate merchants.paymentlink merchants.productpicture"
    " merchants.shopjob merchants.shipment merchants.savedview"
    " merchants.refundproposal merchants.disputepaper"
    " merchants.paperlink merchants.statementmail merchants.statementmailing"
)

_SEES: Mapping[str, str] = MappingProxyType(
    {
        "countries": f"{_COUNTRIES} people.auditentry people.approvalrequest",
        "settlement": f"{_PAYMENTS} {_SETTLEMENT} payments.bank payments.bankagreement core.duty"
        " core.heartbeat core.tick merchants.shop people.party people.auditentry"
        " people.approvalrequest",
        "support": f"{_PAYMENTS} {_PEOPLE} {_SHOPS} payments.country payments.regulatorhold"
        " payments.countrycapability messaging.conversation messaging.report"
        " people.approvalrequest",
        "audit": f"{_COUNTRIES} {_PAYMENTS} {_SETTLEMENT} {_PEOPLE} {_SHOPS} auth.group core.duty"
        " core.heartbeat core.tick messaging.conversation people.auditentry people.approvalrequest",
    }
)
_DOES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "countries": (
            "payments.impose_regulatorhold",
            "payments.lift_regulatorhold",
            "payments.open_countrycapability",
            "payments.close_countrycapability",
            "payments.move_bankagreement",
            "payments.record_regulatorclearance",
        ),
        "settlement": (
            "payments.approve_settlementbatch",
            "payments.reissue_payout",
            "payments.try_breaker",
            "payments.set_dayoverride",
            "payments.resolve_statementline",
            "payments.approve_statementline",
            "payments.look_up_payment",
            "payments.redirect_payment",
            "payments.refund_payment",
            "payments.approve_refund",
            "payments.decide_dispute",
            "core.release_duty",
        ),
        "support": (
            "payments.look_up_payment",
            "payments.refund_payment",
            "payments.decide_dispute",
            "payments.decide_limitdecision",
            "payments.approve_limitdecision",
            "people.freeze_person",
            "people.reveal_person",
            "merchants.review_shop",
            "merchants.decide_linetemplate",
            "merchants.revoke_shopkey",
            "merchants.stop_webhookendpoint",
            "merchants.disable_paymentlink",
            "merchants.remove_productpicture",
            "merchants.end_paperlink",
            "merchants.end_statementmail",
            "messaging.close_report",
        ),
        "audit": ("people.export_auditentry", "people.reveal_person"),
    }
)
GROUPS = tuple(_SEES)


@owns
def prepare_groups() -> dict[str, int]:
    """Write the groups with exactly the permissions of this page; may be done again.

    Changes: permissions of acts, the four groups. Who is in them stays as it is.

    Returns:
        The number of permissions of each group.

    Transaction: owns.
    """
    for code, words in ACTS.items():
        _permission(code, words)
    written = {}
    for name in GROUPS:
        group = Group.objects.get_or_create(name=name)[0]
        seen = [_viewing(model) for model in _SEES[name].split()]
        done = [_permission(code, ACTS[code]) for code in _DOES[name]]
        group.permissions.set([*seen, *done])
        written[name] = len({*seen, *done})
    return written


def _viewing(model: str) -> Permission:
    app_label, name = model.split(".")
    return _permission(f"{app_label}.view_{name}", f"Can view {name}")


def _permission(code: str, words: str) -> Permission:
    """Return a permission of ``app.verb_model``, made if it is not there."""
    app_label, codename = code.split(".")
    model = apps.get_model(app_label, codename.rsplit("_", 1)[1])
    kind = ContentType.objects.get_for_model(model)
    return Permission.objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": words}
    )[0]
