"""Where programs listen, and the tokens with which they say so."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from merchants.cloud.calls import Call, app_secret_matches, number_of, scopes_of
from merchants.cloud.errors import GraphError, invalid, missing, unsupported
from merchants.enums import CallbackLevel, KeyScope
from merchants.queries.lines import LineFacts, callbacks_of, line_by_number
from merchants.services.lines import set_callback, subscribe, verify_callback
from merchants.services.strangers import place_for

# What set-up programs look for, word for word.
_TOLD_SCOPES = ("whatsapp_business_management", "whatsapp_business_messaging")


def give_token(request: HttpRequest) -> JsonResponse:
    """Give a program that knows its app's secret a token: the two joined by a bar."""
    said = {**request.GET.dict(), **request.POST.dict()}
    line = _app(str(said.get("client_id", "")))
    secret = str(said.get("client_secret", ""))
    if line is None or not app_secret_matches(line, secret):
        raise GraphError(101, "The app's id or secret is not right.")
    token = str(said.get("fb_exchange_token") or said.get("code") or "")
    if token and scopes_of(request, token) is None:
        raise GraphError(100, "There is no such code.")
    told = token or f"{line.app_number}|{secret}"
    return JsonResponse({"access_token": told, "token_type": "bearer"})


def debug_token(call: Call) -> dict[str, Any]:
    """Tell what a token is for."""
    asked = call.text("input_token")
    known = scopes_of(call.request, asked) if asked else (call.line, call.scopes)
    if known is None or known[0].shop_id != call.line.shop_id:
        return {"data": {"is_valid": False, "scopes": []}}
    line, scopes = known
    told = list(_TOLD_SCOPES) if {KeyScope.MESSAGES, KeyScope.WEBHOOKS} & scopes else []
    return {
        "data": {
            "app_id": str(line.app_number),
            "application": line.name,
            "type": "SYSTEM_USER",
            "is_valid": True,
            "expires_at": 0,
            "scopes": told,
            "granular_scopes": [
                {"scope": each, "target_ids": [str(line.account_number)]} for each in told
            ],
        }
    }


def set_app_callback(call: Call) -> dict[str, Any]:
    """Say where the app listens; the address has to answer for itself first."""
    call.need(KeyScope.WEBHOOKS)
    url = call.text("callback_url")
    if not url:
        raise missing("callback_url")
    _set(call, CallbackLevel.APP, url, call.text("verify_token"), call.said.get("fields"))
    return {"success": True}


def show_app_callback(call: Call) -> dict[str, Any]:
    """Tell where the app listens."""
    call.need(KeyScope.WEBHOOKS)
    known = callbacks_of(call.line.shop_id).get(CallbackLevel.APP)
    if known is None:
        return {"data": []}
    fields = [{"name": name, "version": "v1.0"} for name in known[1]]
    row = {
        "object": "whatsapp_business_account",
        "callback_url": known[0],
        "active": call.line.is_subscribed,
        "fields": fields,
    }
    return {"data": [row]}


def remove_app_callback(call: Call) -> dict[str, Any]:
    """Let the app listen nowhere."""
    call.need(KeyScope.WEBHOOKS)
    set_callback(shop_id=call.line.shop_id, level=CallbackLevel.APP, url=None)
    return {"success": True}


def subscribe_app(call: Call) -> dict[str, Any]:
    """Let the account's news go out, to an address of its own where one is given."""
    call.need(KeyScope.WEBHOOKS)
    url = call.text("override_callback_uri")
    if url:
        _set(call, CallbackLevel.ACCOUNT, url, call.text("verify_token"), None)
    else:
        set_callback(shop_id=call.line.shop_id, level=CallbackLevel.ACCOUNT, url=None)
    subscribe(shop_id=call.line.shop_id, is_subscribed=True)
    return {"success": True}


def show_subscribed(call: Call) -> dict[str, Any]:
    """List which apps hear the account's news."""
    call.need(KeyScope.WEBHOOKS)
    if not call.line.is_subscribed:
        return {"data": []}
    app: dict[str, Any] = {
        "whatsapp_business_api_data": {
            "id": str(call.line.app_number),
            "name": call.line.name,
            "link": str(settings.TROCO_PUBLIC_URL),
        }
    }
    known = callbacks_of(call.line.shop_id).get(CallbackLevel.ACCOUNT)
    if known is not None:
        app["override_callback_uri"] = known[0]
    return {"data": [app]}


def unsubscribe_app(call: Call) -> dict[str, Any]:
    """Keep the account's news."""
    call.need(KeyScope.WEBHOOKS)
    subscribe(shop_id=call.line.shop_id, is_subscribed=False)
    return {"success": True}


def configure_phone(call: Call) -> dict[str, Any]:
    """Say where the number's own news goes; an empty address takes that back."""
    call.need(KeyScope.WEBHOOKS)
    given = call.said.get("webhook_configuration")
    if given is None:
        raise unsupported("this is not changed on a number")
    if not isinstance(given, dict):
        raise invalid("webhook_configuration", "is no object")
    url = given.get("override_callback_uri")
    if url:
        _set(call, CallbackLevel.PHONE, str(url), str(given.get("verify_token") or ""), None)
    else:
        set_callback(shop_id=call.line.shop_id, level=CallbackLevel.PHONE, url=None)
    return {"success": True}


def _set(call: Call, level: CallbackLevel, url: str, verify_token: str, fields: object) -> None:
    if len(verify_token) > 1000:  # noqa: PLR2004 - It travels in an address.
        raise invalid("verify_token", "is too long")
    with place_for(call.line.shop_id):
        verify_callback(url=url, verify_token=verify_token)
    names = fields.split(",") if isinstance(fields, str) else fields
    wanted = [str(each)[:60] for each in names] if isinstance(names, list) else []
    set_callback(shop_id=call.line.shop_id, level=level, url=url, fields=wanted[:60])


def _app(number: str) -> LineFacts | None:
    known = number_of(number)
    line = line_by_number(known) if known else None
    return line if line is not None and line.app_number == known else None
