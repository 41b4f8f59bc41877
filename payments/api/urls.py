"""The payments part of ``/v1``."""

from django.urls import path

from payments.api import (
    funding,
    limits,
    payments,
    quotes,
    receipts,
    recovery,
    urls_banks,
    urls_disputes,
    urls_requests,
)

urlpatterns = [
    # What is asked most stands first.
    path("quotes", quotes.QuotesView.as_view()),
    path("payments", payments.PaymentsView.as_view()),
    path("payments/<str:public_id>", payments.PaymentView.as_view()),
    path("payments/<str:public_id>/cancel", payments.CancelView.as_view()),
    *urls_banks.urlpatterns,
    *urls_requests.urlpatterns,
    *urls_disputes.urlpatterns,
    path("banks", funding.BanksView.as_view()),
    path("funding-sources", funding.FundingSourcesView.as_view()),
    path("funding-sources/<str:public_id>", funding.FundingSourceView.as_view()),
    path("funding-sources/<str:public_id>/verify", funding.VerifyView.as_view()),
    path("funding-sources/<str:public_id>/default", funding.DefaultView.as_view()),
    path("limits", limits.LimitsView.as_view()),
    path("me/pin/recovery", recovery.RecoveryView.as_view()),
    path("me/going-out", limits.GoingOutView.as_view()),
    path("receipts/<str:code>", receipts.ReceiptView.as_view()),
]
