"""Requests for money: the part of ``/v1`` that asks and moves nothing."""

from django.urls import path

from payments.api import requests, returns

urlpatterns = [
    path("payments/<str:public_id>/return", returns.ReturnView.as_view()),
    path("payments/<str:public_id>/return-requests", returns.ReturnRequestsView.as_view()),
    path("payment-requests", requests.RequestsView.as_view()),
    path("payment-requests/<str:public_id>", requests.RequestView.as_view()),
    path("payment-requests/<str:public_id>/decline", requests.DeclineView.as_view()),
    path("payment-requests/<str:public_id>/cancel", requests.CancelRequestView.as_view()),
    path("payment-requests/<str:public_id>/paid-otherwise", requests.SettleRequestView.as_view()),
    path("payment-requests/<str:public_id>/remind", requests.RemindView.as_view()),
]
