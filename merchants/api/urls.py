"""Addresses of the buyer's side, and of a shop's own programs, below ``/v1/``."""

from django.urls import path

from merchants.api import shop_webhooks, views

urlpatterns = [
    path("shops", views.ShopsView.as_view()),
    path("shops/<str:public_id>", views.ShopView.as_view()),
    path("shops/<str:public_id>/products", views.ShopProductsView.as_view()),
    path("orders", views.OrdersView.as_view()),
    path("orders/<str:public_id>", views.OrderView.as_view()),
    path("orders/<str:public_id>/cancel", views.OrderCancelView.as_view()),
    path("orders/<str:public_id>/paid-outside", views.OrderPaidOutsideView.as_view()),
    path("shop/events", shop_webhooks.EventsView.as_view()),
    path("shop/webhook-endpoints", shop_webhooks.EndpointsView.as_view()),
    path("shop/webhook-endpoints/<str:public_id>", shop_webhooks.EndpointView.as_view()),
    path(
        "shop/webhook-endpoints/<str:public_id>/rotate-secret",
        shop_webhooks.RotateSecretView.as_view(),
    ),
    path("shop/webhook-endpoints/<str:public_id>/test", shop_webhooks.TestEventView.as_view()),
    path("shop/webhook-endpoints/<str:public_id>/replay", shop_webhooks.ReplaySinceView.as_view()),
    path(
        "shop/webhook-endpoints/<str:public_id>/deliveries", shop_webhooks.DeliveriesView.as_view()
    ),
    path(
        "shop/webhook-endpoints/<str:public_id>/deliveries/<str:delivery_id>/replay",
        shop_webhooks.ReplayDeliveryView.as_view(),
    ),
]
