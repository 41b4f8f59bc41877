"""Addresses of the portal."""

from django.urls import path

from merchants.portal import (
    disputes,
    files,
    money,
    orders,
    outside,
    overview,
    refunds,
    review,
    search,
    settings,
    shelf,
    sign_in,
    talk,
)

app_name = "portal"
urlpatterns = [
    path("", overview.OverviewPage.as_view(), name="overview"),
    path("sign-in", sign_in.SignInPage.as_view(), name="sign_in"),
    path("sign-in/code", sign_in.CodePage.as_view(), name="sign_in_code"),
    path("sign-out", sign_in.SignOut.as_view(), name="sign_out"),
    path("search", search.SearchPage.as_view(), name="search"),
    path("conversations", talk.InboxPage.as_view(), name="inbox"),
    path("conversations/<str:public_id>", talk.InboxPage.as_view(), name="conversation"),
    path("conversations/<str:public_id>/text", talk.SendText.as_view(), name="send_text"),
    path("conversations/<str:public_id>/product", talk.SendProduct.as_view(), name="send_product"),
    # A path of its own: only here a form may be as large as a document.
    path("files/<str:public_id>", files.SendFile.as_view(), name="send_file"),
    path("orders", orders.OrdersPage.as_view(), name="orders"),
    path("orders/<str:public_id>", orders.OrderPage.as_view(), name="order"),
    path("orders/<str:public_id>/move", orders.MoveOrder.as_view(), name="move_order"),
    path("payments", money.PaymentsPage.as_view(), name="payments"),
    path("payments/<str:public_id>", money.PaymentPage.as_view(), name="payment"),
    path("payments/<str:public_id>/refund", refunds.RefundPage.as_view(), name="refund"),
    path("disputes", disputes.DisputesPage.as_view(), name="disputes"),
    path("disputes/<str:public_id>", disputes.DisputePage.as_view(), name="dispute"),
    path("payouts", money.PayoutsPage.as_view(), name="payouts"),
    path("payouts/<str:public_id>", money.PayoutPage.as_view(), name="payout"),
    path("catalogue", shelf.CataloguePage.as_view(), name="catalogue"),
    path("catalogue/new", shelf.NewProductPage.as_view(), name="product_new"),
    path("catalogue/<str:public_id>", shelf.ProductPage.as_view(), name="product"),
    path("review", review.ReviewPage.as_view(), name="review"),
    path("review/papers", review.SendPaper.as_view(), name="send_paper"),
    path("settings", settings.SettingsPage.as_view(), name="settings"),
    path("settings/outside", outside.OutsidePage.as_view(), name="outside"),
    path("settings/outside/<str:kind>", outside.NewMeansPage.as_view(), name="outside_new"),
]
