"""The team's side of talk, for members of a shop's team with their own device."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import KEY, OPTIONAL_KEY, ApiView, keyed_post, page_out
from core.errors import Forbidden, NotFound
from merchants.api import desk_shapes as shapes
from merchants.enums import TALKING_ROLES
from merchants.models import Broadcast
from merchants.queries import broadcasts as broadcast_queries
from merchants.queries import desk as queries
from merchants.queries.shops import Membership, membership, shop_by_public_id
from merchants.services import broadcasts, desk, news_wishes
from merchants.services.talk_settings import AutomaticWords, Span, change_talk_settings
from messaging.api.callers import party_of
from messaging.queries import conversation_for
from people.api.callers import person_of


def _seat(request: Request, public_id: str, *, is_owner: bool = False) -> Membership:
    """Return the caller's place in a shop's team.

    Raises:
        NotFound: There is no such shop, or the caller is not of its team.
        Forbidden: Their role does not talk, or only an owner may do this.
    """
    found = membership(person_of(request).pk, public_id)
    if found is None:
        raise NotFound
    if found.role not in TALKING_ROLES or (is_owner and not found.is_owner):
        raise Forbidden
    return found


class AutomaticWordsView(ApiView):
    """What a shop says by itself."""

    @extend_schema(operation_id="shop_automatic_read", responses=shapes.AutomaticWordsOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show the greeting, the away message and the opening hours."""
        return Response(_words(_seat(request, public_id).shop.id))

    @extend_schema(
        operation_id="shop_automatic_change",
        request=shapes.AutomaticWordsIn,
        responses=shapes.AutomaticWordsOut,
    )
    def put(self, request: Request, public_id: str) -> Response:
        """Set them; only an owner may."""
        shop = _seat(request, public_id, is_owner=True).shop
        said = self.read(request, shapes.AutomaticWordsIn)
        hours = [Span(**span) for span in said.pop("hours")]
        change_talk_settings(shop_id=shop.id, words=AutomaticWords(**said, hours=hours))
        return Response(_words(shop.id))


class QuickRepliesView(ApiView):
    """A shop's quick replies."""

    @extend_schema(
        operation_id="quick_replies_list",
        parameters=[shapes.RepliesQuery],
        responses=shapes.RepliesOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List them by their shortcuts; ``q`` finds by shortcut and text."""
        shop = _seat(request, public_id).shop
        found = queries.quick_replies(shop.id, self.read_query(request, shapes.RepliesQuery)["q"])
        return Response({"data": [shapes.ReplyOut(row).data for row in found]})


class QuickReplyView(ApiView):
    """One quick reply."""

    @extend_schema(
        operation_id="quick_reply_put", request=shapes.ReplyIn, responses=shapes.ReplyOut
    )
    def put(self, request: Request, public_id: str, shortcut: str) -> Response:
        """Keep a text under a shortcut, with a file of the shop's where one is named."""
        shop = _seat(request, public_id).shop
        said = self.read(request, shapes.ReplyIn)
        reply = desk.put_quick_reply(
            shop_id=shop.id,
            shortcut=shortcut,
            text=said["text"],
            media_id=said.get("media", desk.KEPT),
        )
        return Response(shapes.ReplyOut(reply).data)

    @extend_schema(operation_id="quick_reply_remove", responses={204: None})
    def delete(self, request: Request, public_id: str, shortcut: str) -> Response:
        """Forget it."""
        desk.remove_quick_reply(shop_id=_seat(request, public_id).shop.id, shortcut=shortcut)
        return Response(status=HTTPStatus.NO_CONTENT)


class LabelsView(ApiView):
    """A shop's labels."""

    @extend_schema(operation_id="labels_list", responses=shapes.LabelsOut)
    def get(self, request: Request, public_id: str) -> Response:
        """List them by name."""
        found = queries.labels(_seat(request, public_id).shop.id)
        return Response({"data": [shapes.LabelOut(row).data for row in found]})


class LabelView(ApiView):
    """One label."""

    @extend_schema(operation_id="label_put", request=shapes.LabelIn, responses=shapes.LabelOut)
    def put(self, request: Request, public_id: str, name: str) -> Response:
        """Keep a label, or change its colour."""
        shop = _seat(request, public_id).shop
        colour = self.read(request, shapes.LabelIn)["colour"]
        label = desk.put_label(shop_id=shop.id, name=name, colour=colour)
        return Response(shapes.LabelOut(label).data)

    @extend_schema(operation_id="label_remove", responses={204: None})
    def delete(self, request: Request, public_id: str, name: str) -> Response:
        """Forget a label; conversations lose it."""
        desk.remove_label(shop_id=_seat(request, public_id).shop.id, name=name)
        return Response(status=HTTPStatus.NO_CONTENT)


class DeskTalksView(ApiView):
    """Conversations by what the team knows of them."""

    @extend_schema(
        operation_id="shop_conversations_list",
        parameters=[shapes.DeskQuery],
        responses=shapes.DeskTalksOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List those with a label, or that a member of the team looks after."""
        shop = _seat(request, public_id).shop
        asked = self.read_query(request, shapes.DeskQuery)
        found, following = queries.talks_with(
            shop.id,
            label=asked.get("label"),
            login=asked.get("login"),
            cursor=asked.get("after"),
            limit=asked["limit"],
        )
        return Response(page_out([shapes.DeskTalkOut(row).data for row in found], following))


class DeskTalkView(ApiView):
    """One conversation, as the team knows it."""

    @extend_schema(operation_id="shop_conversation_read", responses=shapes.DeskTalkOut)
    def get(self, request: Request, public_id: str, conversation_id: str) -> Response:
        """Show its labels and who looks after it."""
        shop = _seat(request, public_id).shop
        return Response(_talk(shop.id, shop.party_id, conversation_id))


class TalkLabelView(ApiView):
    """A label on a conversation."""

    @extend_schema(
        operation_id="shop_conversation_label", request=None, responses=shapes.DeskTalkOut
    )
    def put(self, request: Request, public_id: str, conversation_id: str, name: str) -> Response:
        """Put it on."""
        shop = _seat(request, public_id).shop
        desk.stick_label(shop_id=shop.id, conversation_id=conversation_id, name=name)
        return Response(_talk(shop.id, shop.party_id, conversation_id))

    @extend_schema(operation_id="shop_conversation_unlabel", responses=shapes.DeskTalkOut)
    def delete(self, request: Request, public_id: str, conversation_id: str, name: str) -> Response:
        """Take it off."""
        shop = _seat(request, public_id).shop
        desk.peel_label(shop_id=shop.id, conversation_id=conversation_id, name=name)
        return Response(_talk(shop.id, shop.party_id, conversation_id))


class AssigneeView(ApiView):
    """Who looks after a conversation."""

    @extend_schema(
        operation_id="shop_conversation_assign",
        request=shapes.AssigneeIn,
        responses=shapes.DeskTalkOut,
    )
    def put(self, request: Request, public_id: str, conversation_id: str) -> Response:
        """Give it to a member of the team, or to nobody."""
        shop = _seat(request, public_id).shop
        login = self.read(request, shapes.AssigneeIn)["login"]
        desk.assign_talk(
            shop_id=shop.id,
            actor=person_of(request),
            conversation_id=conversation_id,
            login=login,
        )
        return Response(_talk(shop.id, shop.party_id, conversation_id))


class TalkNotesView(ApiView):
    """What the team tells itself about a conversation."""

    @extend_schema(
        operation_id="shop_notes_list", parameters=[shapes.PageQuery], responses=shapes.TalkNotesOut
    )
    def get(self, request: Request, public_id: str, conversation_id: str) -> Response:
        """List the notes, the latest first."""
        shop = _seat(request, public_id).shop
        asked = self.read_query(request, shapes.PageQuery)
        talked = conversation_for(shop.party_id, conversation_id)
        found, following = queries.notes_of(shop.id, talked.id, asked.get("after"), asked["limit"])
        return Response(page_out([shapes.TalkNoteOut(row).data for row in found], following))

    @extend_schema(
        operation_id="shop_notes_add",
        parameters=[OPTIONAL_KEY],
        request=shapes.NoteIn,
        responses={201: shapes.TalkNoteOut},
    )
    def post(self, request: Request, public_id: str, conversation_id: str) -> Response:
        """Write a note that no customer sees."""
        shop = _seat(request, public_id).shop
        text = self.read(request, shapes.NoteIn)["text"]
        return keyed_post(
            request,
            lambda: desk.add_note(
                shop_id=shop.id,
                author=person_of(request),
                conversation_id=conversation_id,
                text=text,
            ),
            lambda note: (201, dict(shapes.TalkNoteOut(queries.note_facts(note)).data)),
            required=False,
        )


class NewsView(ApiView):
    """Whether the caller wants a shop's news: the one tap of every broadcast."""

    @extend_schema(operation_id="shop_news_read", responses=shapes.NewsIn)
    def get(self, request: Request, public_id: str) -> Response:
        """Say whether the caller gets a shop's broadcasts."""
        wanted = broadcast_queries.wants_news(_shop_id(public_id), party_of(request))
        return Response({"wanted": wanted})

    @extend_schema(operation_id="shop_news_wish", request=shapes.NewsIn, responses=shapes.NewsIn)
    def put(self, request: Request, public_id: str) -> Response:
        """Ask for them, or for no more."""
        wanted = self.read(request, shapes.NewsIn)["wanted"]
        news_wishes.wish_for_news(
            shop_id=_shop_id(public_id), party_id=party_of(request), is_wanted=wanted
        )
        return Response({"wanted": wanted})


class BroadcastsView(ApiView):
    """Texts to everybody who wants the shop's news."""

    @extend_schema(
        operation_id="broadcasts_list",
        parameters=[shapes.PageQuery],
        responses=shapes.BroadcastsOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List them with their progress, the latest first."""
        shop = _seat(request, public_id).shop
        asked = self.read_query(request, shapes.PageQuery)
        found, following = broadcast_queries.broadcasts_of(
            shop.id, asked.get("after"), asked["limit"]
        )
        body = page_out([shapes.BroadcastOut(row).data for row in found], following)
        return Response({**body, "audience": broadcast_queries.news_audience(shop.id)})

    @extend_schema(
        operation_id="broadcasts_plan",
        parameters=[KEY],
        request=shapes.BroadcastIn,
        responses={201: shapes.BroadcastOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Plan one; only an owner may. Those who want news when it begins get it, within caps."""
        shop = _seat(request, public_id, is_owner=True).shop
        said = self.read(request, shapes.BroadcastIn)
        return keyed_post(
            request,
            lambda: broadcasts.plan_broadcast(shop_id=shop.id, author=person_of(request), **said),
            lambda broadcast: (201, _broadcast(broadcast)),
        )


class BroadcastView(ApiView):
    """One broadcast."""

    @extend_schema(operation_id="broadcasts_read", responses=shapes.BroadcastOut)
    def get(self, request: Request, public_id: str, broadcast_id: str) -> Response:
        """Show how far it is."""
        shop = _seat(request, public_id).shop
        return Response(
            shapes.BroadcastOut(broadcast_queries.broadcast_of(shop.id, broadcast_id)).data
        )


class BroadcastCancelView(ApiView):
    """Stopping a broadcast."""

    @extend_schema(
        operation_id="broadcasts_cancel",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses=shapes.BroadcastOut,
    )
    def post(self, request: Request, public_id: str, broadcast_id: str) -> Response:
        """Stop it: whoever was not reached is not."""
        shop = _seat(request, public_id, is_owner=True).shop
        return keyed_post(
            request,
            lambda: broadcasts.cancel_broadcast(shop_id=shop.id, broadcast_id=broadcast_id),
            lambda broadcast: (200, _broadcast(broadcast)),
            required=False,
        )


def _shop_id(public_id: str) -> int:
    shop = shop_by_public_id(public_id)
    if shop is None:
        raise NotFound
    return shop.id


def _words(shop_id: int) -> dict[str, Any]:
    return dict(shapes.AutomaticWordsOut(queries.automatic_words(shop_id)).data)


def _talk(shop_id: int, party_id: int, conversation_id: str) -> dict[str, Any]:
    talked = conversation_for(party_id, conversation_id)
    found = queries.desk_talks(shop_id, [(talked.id, talked.public_id)])
    return dict(shapes.DeskTalkOut(found[0]).data)


def _broadcast(broadcast: Broadcast) -> dict[str, Any]:
    found = broadcast_queries.broadcast_of(broadcast.shop_id, broadcast.public_id)
    return dict(shapes.BroadcastOut(found).data)
