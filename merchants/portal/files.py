"""Files that the shop sends."""

from typing import BinaryIO, cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core.errors import NotFound, TrocoError
from core.ids import new_id
from merchants.portal.pages import see_other
from merchants.portal.talk import InboxPage
from merchants.services import talk
from messaging.files.uploads import one_file
from messaging.services.messages import ClientIdReused


class SendFile(InboxPage):
    """Sends a file to the customer."""

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Send it and show the conversation; a refusal is told there."""
        try:
            file = one_file(request, request.FILES.getlist("file"))
            talk.send_file(
                shop_id=self.seat.shop.id,
                person=self.seat.person,
                conversation_id=public_id,
                client_id=request.POST.get("client_id") or new_id("web"),
                file=talk.FileToSend(
                    cast("BinaryIO", file.file),
                    file.name or "",
                    request.POST.get("text", "").strip(),
                ),
            )
        except NotFound:
            raise
        except TrocoError as refusal:
            # A browser that sends the form twice has what it wanted.
            if not isinstance(refusal, ClientIdReused):
                self.refused(refusal)
        return see_other(reverse("portal:conversation", args=[public_id]))
