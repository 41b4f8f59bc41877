"""Ways into messaging, below ``/v1/``; ``/v1/stream`` is answered by the front."""

from django.urls import path

from messaging.api import changes, keeping, media, members, presence, views

urlpatterns = [
    path("conversations", views.ConversationsView.as_view()),
    path("conversations/<str:conversation_id>", views.ConversationView.as_view()),
    path("conversations/<str:conversation_id>/members", members.MembersView.as_view()),
    path("conversations/<str:conversation_id>/members/<str:party>", members.MemberView.as_view()),
    path("conversations/<str:conversation_id>/messages", views.MessagesView.as_view()),
    path("conversations/<str:conversation_id>/read", views.ReadView.as_view()),
    path("media", media.MediaUploadView.as_view()),
    path("media/<str:media_id>", media.MediaView.as_view()),
    path("media/<str:media_id>/thumbnail", media.ThumbnailView.as_view()),
    path("media/<str:media_id>/link", media.MediaLinkView.as_view()),
    path("conversations/<str:conversation_id>/keeping", keeping.KeepingView.as_view()),
    path("conversations/<str:conversation_id>/report", keeping.ReportConversationView.as_view()),
    path("conversations/<str:conversation_id>/typing", presence.TypingView.as_view()),
    path(
        "conversations/<str:conversation_id>/presence",
        presence.ConversationPresenceView.as_view(),
    ),
    path("me/presence", presence.OwnPresenceView.as_view()),
    path("messages", keeping.SearchView.as_view()),
    path("messages/<str:message_id>/report", keeping.ReportMessageView.as_view()),
    path("messages/<str:message_id>", changes.MessageView.as_view()),
    path("messages/<str:message_id>/reaction", changes.ReactionView.as_view()),
    path("messages/<str:message_id>/receipts", changes.ReceiptsView.as_view()),
    path("updates", views.UpdatesView.as_view()),
]
