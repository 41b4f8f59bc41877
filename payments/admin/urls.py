"""Where staff act; each address asks first, and only its form does anything."""

from django.contrib import admin
from django.urls import path

from payments.admin import (
    acts,
    agreement_acts,
    breakers,
    case_acts,
    chargebacks,
    day_acts,
    hold_acts,
    limit_acts,
    line_acts,
    money_acts,
    monitor,
    return_acts,
    taken_back,
    ways_back,
    why,
)

urlpatterns = [
    path("settlement/", monitor.SettlementMonitor.door(), name="staff-settlement"),
    path(
        "batches/<str:batch_id>/file",
        admin.site.admin_view(monitor.BatchFile.as_view()),
        name="staff-batch-file",
    ),
    path("people/<int:person_id>/limits", why.LimitsWhy.door(), name="staff-limits"),
    path("parties/<str:party_id>/limits", why.PartyLimitsWhy.door(), name="staff-party-limits"),
    path(
        "parties/<str:party_id>/limits/<slug:kind>/<slug:name>/set",
        limit_acts.SetLimit.door(),
        name="staff-set-limit",
    ),
    path(
        "parties/<str:party_id>/limits/<slug:kind>/<slug:name>/end",
        limit_acts.EndLimit.door(),
        name="staff-end-limit",
    ),
    path("holds/impose", hold_acts.ImposeHold.door(), name="staff-impose-hold"),
    path("holds/<str:hold_id>/lift", hold_acts.LiftHold.door(), name="staff-lift-hold"),
    path("holds/<str:hold_id>/record", hold_acts.HoldRecord.door(), name="staff-hold-record"),
    path("holds/<str:hold_id>/document", hold_acts.HoldDocument.door(), name="staff-hold-paper"),
    path(
        "countries/<str:country>/<str:capability>/open",
        acts.OpenCapability.door(),
        name="staff-open-capability",
    ),
    path(
        "countries/<str:country>/<str:capability>/close",
        acts.CloseCapability.door(),
        name="staff-close-capability",
    ),
    path(
        "banks/<slug:bank>/agreements/draft",
        agreement_acts.DraftAgreement.door(),
        name="staff-draft-agreement",
    ),
    path(
        "agreements/<str:agreement_id>/sign",
        agreement_acts.SignAgreement.door(),
        name="staff-sign-agreement",
    ),
    path(
        "clearances/record",
        agreement_acts.RecordClearance.door(),
        name="staff-record-clearance",
    ),
    path(
        "agreements/<str:agreement_id>/<str:state>",
        acts.MoveAgreement.door(),
        name="staff-move-agreement",
    ),
    path("ways-back/<str:return_id>/ask", ways_back.AskWayBack.door(), name="staff-ask-way-back"),
    path("days/set", day_acts.SetDay.door(), name="staff-set-day"),
    path(
        "connections/<int:breaker_id>/try",
        breakers.TryConnection.door(),
        name="staff-try-connection",
    ),
    path("batches/<str:batch_id>/approve", money_acts.ApproveBatch.door(), name="staff-approve"),
    path("payouts/<str:payout_id>/reissue", money_acts.ReissuePayout.door(), name="staff-reissue"),
    path("payments/<str:payment_id>/look-up", money_acts.LookUp.door(), name="staff-look-up"),
    path(
        "payments/<str:payment_id>/redirect",
        return_acts.RedirectReturn.door(),
        name="staff-redirect-return",
    ),
    path("payments/<str:payment_id>/refund", case_acts.RefundPayment.door(), name="staff-refund"),
    path(
        "refunds/<str:refund_id>/approve",
        case_acts.ApproveRefund.door(),
        name="staff-approve-refund",
    ),
    path(
        "refunds/<str:refund_id>/decline",
        case_acts.DeclineRefund.door(),
        name="staff-decline-refund",
    ),
    path(
        "disputes/<str:dispute_id>/decide",
        case_acts.DecideDispute.door(),
        name="staff-decide-dispute",
    ),
    path(
        "disputes/<str:dispute_id>/block",
        case_acts.ConfirmBlock.door(),
        name="staff-confirm-block",
    ),
    path(
        "disputes/<str:dispute_id>/pay-back",
        case_acts.PayBackAgain.door(),
        name="staff-pay-back-again",
    ),
    path(
        "chargebacks/<str:chargeback_id>/looked-at",
        chargebacks.ChargebackLookedAt.door(),
        name="staff-chargeback-looked-at",
    ),
    path("taken-back/<int:key>", taken_back.SayFinding.door(), name="staff-taken-back"),
    path("lines/<int:line_id>/resolve", line_acts.ResolveLine.door(), name="staff-resolve-line"),
    path("lines/<int:line_id>/note", line_acts.NoteLine.door(), name="staff-note-line"),
    path("lines/<int:line_id>/match", line_acts.MatchLine.door(), name="staff-match-line"),
    path("lines/<int:line_id>/split", line_acts.SplitLine.door(), name="staff-split-line"),
    path(
        "lines/<int:line_id>/write-off",
        line_acts.WriteOffLine.door(),
        name="staff-write-off-line",
    ),
    path("lines/<int:line_id>/return", line_acts.ReturnLine.door(), name="staff-return-line"),
]
