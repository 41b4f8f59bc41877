"""Addresses of buyers, of shops' teams and of shops' own programs, below ``/v1/``."""

from django.urls import path

from merchants.api import desk, links, shop_products, shop_updates, shop_webhooks, views

_TALK = "shops/<str:public_id>/conversations/<str:conversation_id>"

urlpatterns = [
    path("shops", views.ShopsView.as_view()),
    path("shops/<str:public_id>", views.ShopView.as_view()),
    path("shops/<str:public_id>/products", views.ShopProductsView.as_view()),
    path("orders", views.OrdersView.as_view()),
    path("orders/<str:public_id>", views.OrderView.as_view()),
    path("orders/<str:public_id>/cancel", views.OrderCancelView.as_view()),
    path("orders/<str:public_id>/paid-outside", views.OrderPaidOutsideView.as_view()),
    path("shop/updates", shop_updates.ShopUpdatesView.as_view()),
    path("links/<str:code>", links.LinkView.as_view()),
    path("links/<str:code>/uses", links.LinkUsesView.as_view()),
    path("shop/products", shop_products.ProductsView.as_view()),
    path("shop/products/<str:public_id>", shop_products.ProductView.as_view()),
    path("shop/products/<str:public_id>/archive", shop_products.ArchiveView.as_view()),
    path("shop/products/<str:public_id>/unarchive", shop_products.UnarchiveView.as_view()),
    path("shop/collections", shop_products.CollectionsView.as_view()),
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
    path("shops/<str:public_id>/automatic-words", desk.AutomaticWordsView.as_view()),
    path("shops/<str:public_id>/quick-replies", desk.QuickRepliesView.as_view()),
    path("shops/<str:public_id>/quick-replies/<str:shortcut>", desk.QuickReplyView.as_view()),
    path("shops/<str:public_id>/labels", desk.LabelsView.as_view()),
    path("shops/<str:public_id>/labels/<str:name>", desk.LabelView.as_view()),
    path("shops/<str:public_id>/conversations", desk.DeskTalksView.as_view()),
    path(_TALK, desk.DeskTalkView.as_view()),
    path(f"{_TALK}/labels/<str:name>", desk.TalkLabelView.as_view()),
    path(f"{_TALK}/assignee", desk.AssigneeView.as_view()),
    path(f"{_TALK}/notes", desk.TalkNotesView.as_view()),
    path("shops/<str:public_id>/news", desk.NewsView.as_view()),
    path("shops/<str:public_id>/broadcasts", desk.BroadcastsView.as_view()),
    path("shops/<str:public_id>/broadcasts/<str:broadcast_id>", desk.BroadcastView.as_view()),
    path(
        "shops/<str:public_id>/broadcasts/<str:broadcast_id>/cancel",
        desk.BroadcastCancelView.as_view(),
    ),
]
