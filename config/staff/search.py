"""One box for everything: each kind is looked for by its indexes, and only by who may see it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.admin import Sheet, amount
from merchants.queries.finding import find_orders, find_shops
from payments.queries.finding import find_cases, find_payments, find_requests, find_settlement
from people.services.finding import (
    Found,
    find_devices,
    find_entries,
    find_parties,
    find_people,
)

LONGEST = 80


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of thing: what it is called, who may see it, how it is found."""

    words: object
    permission: str
    find: Callable[[str], list[Found]]


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found, with its page."""

    title: str
    detail: str
    amount: str
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """What was found of one kind."""

    words: object
    hits: tuple[Hit, ...]


_KINDS = (
    _Kind(_("People"), "people.view_person", find_people),
    _Kind(_("Parties"), "people.view_party", find_parties),
    _Kind(_("Shops"), "merchants.view_shop", find_shops),
    _Kind(_("Orders"), "merchants.view_order", find_orders),
    _Kind(_("Payments"), "payments.view_payment", find_payments),
    _Kind(_("Requests"), "payments.view_paymentrequest", find_requests),
    _Kind(_("Cases"), "payments.view_refund", find_cases),
    _Kind(_("Settlement"), "payments.view_settlementbatch", find_settlement),
    _Kind(_("Devices"), "people.view_device", find_devices),
    _Kind(_("Audit trail"), "people.view_auditentry", find_entries),
)


class Search(Sheet):
    """What one term finds, in groups; one thing alone is opened at once."""

    title = _("Search")
    template = "admin/search.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show what was found, or go where a whole id leads."""
        term = self._term()
        groups = self._groups(term) if term else []
        if "_" in term and len(groups) == 1 and len(groups[0].hits) == 1:
            return HttpResponseRedirect(groups[0].hits[0].url)
        self._found = groups
        return super().get(request, **kwargs)

    def facts(self) -> dict[str, Any]:
        """Return the term and what it found."""
        return {"term": self._term(), "groups": self._found}

    def _term(self) -> str:
        return self.request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]

    def _groups(self, term: str) -> list[Group]:
        user = self.request.user
        found = [
            Group(kind.words, tuple(_hit(each) for each in kind.find(term)))
            for kind in _KINDS
            if user.has_perm(kind.permission)
        ]
        return [group for group in found if group.hits]


def _hit(each: Found) -> Hit:
    money = amount(each.amount.amount_minor, each.amount.currency) if each.amount else ""
    return Hit(
        each.title, each.detail, money, reverse(f"admin:{each.model}_change", args=[each.pk])
    )
