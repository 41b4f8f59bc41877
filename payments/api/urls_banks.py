"""The addresses of countries and the sandbox's doors."""

from django.urls import path

from payments.api import availability, sandbox

urlpatterns = [
    path("availability", availability.AvailabilitiesView.as_view()),
    path("availability/<str:country>", availability.AvailabilityView.as_view()),
    path("availability/<str:country>/waitlist", availability.WaitlistView.as_view()),
    path("sandbox/funding-tokens", sandbox.FundingTokensView.as_view()),
    path("sandbox/funding-codes", sandbox.FundingCodesView.as_view()),
    path("sandbox/clock", sandbox.ClockView.as_view()),
    path("sandbox/banks/<slug:bank>/faults", sandbox.FaultsView.as_view()),
    path("sandbox/cutoff", sandbox.CutoffView.as_view()),
]
