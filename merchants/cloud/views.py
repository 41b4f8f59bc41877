"""Addresses to doors: by what an id is of, and what is asked of it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render

from merchants.cloud import callbacks, files, messages, numbers, payments, templates
from merchants.cloud.calls import Call, answer, call_of, door, owns
from merchants.cloud.errors import missing, unsupported
from merchants.queries.lines import link_by_code, link_url, template_by_number
from payments.codes.pictures import draw_code

Doors = Mapping[tuple[str, str, str], Callable[[Call], Any]]

# (method, what the id is of, what is asked of it)
_DOORS: Final[Doors] = {
    ("GET", "phone", ""): numbers.show_phone,
    ("POST", "phone", ""): callbacks.configure_phone,
    ("GET", "account", ""): numbers.show_account,
    ("GET", "app", ""): numbers.show_app,
    ("POST", "phone", "messages"): messages.post_any,
    ("POST", "phone", "media"): files.upload,
    ("GET", "phone", "whatsapp_commerce_settings"): numbers.show_commerce,
    ("POST", "phone", "whatsapp_commerce_settings"): numbers.set_commerce,
    ("GET", "phone", "whatsapp_business_profile"): numbers.show_profile,
    ("POST", "phone", "whatsapp_business_profile"): numbers.change,
    ("GET", "phone", "message_qrdls"): numbers.show_links,
    ("POST", "phone", "message_qrdls"): numbers.write_link,
    ("GET", "phone", "block_users"): numbers.show_blocked,
    ("POST", "phone", "block_users"): numbers.block_users,
    ("DELETE", "phone", "block_users"): numbers.unblock_users,
    ("POST", "phone", "register"): numbers.register,
    ("POST", "phone", "deregister"): numbers.deregister,
    ("POST", "phone", "request_code"): numbers.verify,
    ("POST", "phone", "verify_code"): numbers.verify,
    ("GET", "account", "phone_numbers"): numbers.show_phones,
    ("GET", "account", "message_templates"): templates.show_templates,
    ("POST", "account", "message_templates"): templates.make,
    ("DELETE", "account", "message_templates"): templates.delete,
    ("GET", "account", "subscribed_apps"): callbacks.show_subscribed,
    ("POST", "account", "subscribed_apps"): callbacks.subscribe_app,
    ("DELETE", "account", "subscribed_apps"): callbacks.unsubscribe_app,
    ("GET", "app", "subscriptions"): callbacks.show_app_callback,
    ("POST", "app", "subscriptions"): callbacks.set_app_callback,
    ("DELETE", "app", "subscriptions"): callbacks.remove_app_callback,
}


@door
def on_object(request: HttpRequest, number: int, asked: str = "") -> HttpResponseBase:
    """Answer a call on an object: a number, an account, an app, a file or a template."""
    call = call_of(request)
    kind = owns(call.line, number)
    if kind:
        found = _DOORS.get((str(request.method), kind, asked))
        if found is None:
            raise unsupported(f"{request.method} {asked or 'on this object'}")
        return answer(found(call))
    if asked:
        raise unsupported("there is no such object for this token")
    return answer(_other(call, number))


def _other(call: Call, number: int) -> dict[str, Any]:
    """Answer a call on a template or a file."""
    template = template_by_number(number)
    if template is not None and template[0] == call.line.shop_id:
        if call.request.method != "GET":
            raise unsupported("a template is not changed")
        return templates.show_one(call, number)
    if call.request.method == "GET":
        return files.show(call, number)
    if call.request.method == "DELETE":
        return files.delete(call, number)
    raise unsupported("there is no such object for this token")


@door
def on_link(request: HttpRequest, number: int, code: str) -> HttpResponseBase:
    """Answer a call on one of a number's links."""
    call = call_of(request)
    if owns(call.line, number) != "phone":
        raise unsupported("there is no such object for this token")
    if request.method == "GET":
        return answer(numbers.show_links(call, code))
    if request.method == "POST":
        return answer(numbers.write_link(call, code))
    if request.method == "DELETE":
        return answer(numbers.remove_link(call, code))
    raise unsupported(f"{request.method} on a link")


@door
def on_template(request: HttpRequest, number: int, template: int) -> HttpResponseBase:
    """Answer a call on one of an account's templates."""
    call = call_of(request)
    if owns(call.line, number) != "account" or request.method != "GET":
        raise unsupported("there is no such object for this token")
    return answer(templates.show_one(call, template))


@door
def on_payment(
    request: HttpRequest, number: int, configuration: str, reference: str
) -> HttpResponseBase:
    """Answer what became of the money of an order."""
    call = call_of(request)
    if owns(call.line, number) != "phone" or request.method != "GET":
        raise unsupported("there is no such object for this token")
    return answer(payments.look_up(call, configuration, reference))


@door
def on_file(request: HttpRequest, number: int) -> HttpResponseBase:
    """Hand a file out."""
    call = call_of(request)
    if request.method != "GET":
        raise unsupported(f"{request.method} on a file")
    return answer(files.fetch(call, number))


@door
def on_token(request: HttpRequest) -> HttpResponseBase:
    """Give a token."""
    return callbacks.give_token(request)


@door
def on_debug(request: HttpRequest) -> HttpResponseBase:
    """Tell what a token is for."""
    return answer(callbacks.debug_token(call_of(request)))


@door
def on_code(request: HttpRequest, code: str) -> HttpResponseBase:
    """Tell whom a link leads to; anybody may follow one, and people who scan it get a page."""
    found = link_by_code(code)
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        return _page(request, found, code)
    if found is None:
        raise missing("a link of this code")
    return JsonResponse(found)


def _page(request: HttpRequest, found: dict[str, str] | None, code: str) -> HttpResponseBase:
    """Show people whom a link leads to, and how they get there."""
    if found is None:
        answer = render(request, "links/unknown.html", status=404)
    else:
        url = link_url(code)
        answer = render(request, "links/talk.html", {**found, "url": url, "qr": draw_code(url)})
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


@door
def nothing(request: HttpRequest, rest: str = "") -> HttpResponseBase:  # noqa: ARG001
    """Refuse whatever this server does not do, in this API's own words."""
    call_of(request)
    raise unsupported("this server does not do that")
