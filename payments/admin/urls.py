"""Where staff act; each address asks first, and only its form does anything."""

from django.urls import path

from payments.admin import acts, money_acts, return_acts

urlpatterns = [
    path("holds/impose", acts.ImposeHold.door(), name="staff-impose-hold"),
    path("holds/<str:hold_id>/lift", acts.LiftHold.door(), name="staff-lift-hold"),
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
        "agreements/<str:agreement_id>/<str:state>",
        acts.MoveAgreement.door(),
        name="staff-move-agreement",
    ),
    path("batches/<str:batch_id>/approve", money_acts.ApproveBatch.door(), name="staff-approve"),
    path("payouts/<str:payout_id>/reissue", money_acts.ReissuePayout.door(), name="staff-reissue"),
    path("payments/<str:payment_id>/look-up", money_acts.LookUp.door(), name="staff-look-up"),
    path(
        "payments/<str:payment_id>/redirect",
        return_acts.RedirectReturn.door(),
        name="staff-redirect-return",
    ),
    path("lines/<int:line_id>/resolve", money_acts.ResolveLine.door(), name="staff-resolve-line"),
]
