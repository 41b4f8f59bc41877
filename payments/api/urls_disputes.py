"""Disputes in ``/v1``."""

from django.urls import path

from payments.api import disputes

urlpatterns = [
    path("payments/<str:public_id>/dispute", disputes.OpenDisputeView.as_view()),
    path("disputes", disputes.DisputesView.as_view()),
    path("disputes/<str:public_id>", disputes.DisputeView.as_view()),
    path("disputes/<str:public_id>/withdraw", disputes.WithdrawDisputeView.as_view()),
]
