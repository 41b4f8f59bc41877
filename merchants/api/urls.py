"""Addresses of the buyer's side, below ``/v1/``."""

from django.urls import path

from merchants.api import views

urlpatterns = [
    path("shops", views.ShopsView.as_view()),
    path("shops/<str:public_id>", views.ShopView.as_view()),
    path("shops/<str:public_id>/products", views.ShopProductsView.as_view()),
    path("orders", views.OrdersView.as_view()),
    path("orders/<str:public_id>", views.OrderView.as_view()),
    path("orders/<str:public_id>/cancel", views.OrderCancelView.as_view()),
    path("orders/<str:public_id>/paid-outside", views.OrderPaidOutsideView.as_view()),
]
