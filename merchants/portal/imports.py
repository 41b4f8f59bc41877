"""Bringing products in from a file: the form, the template, the rows that were not taken."""

from collections.abc import Iterable, Sequence

from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from core.money import Money
from merchants.codes.catalogue_sheet import HEAD, row_of
from merchants.codes.sheets import sheet
from merchants.enums import JobKind, Unit
from merchants.portal.access import EDITORS
from merchants.portal.jobs import job_row
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.queries.jobs import head_of, job_of_shop, jobs_of_shop, troubles_of
from merchants.services.imports import ask_import

LARGEST = 8_000_000
JOBS_SHOWN = 8


class ImportForm(forms.Form):
    """A file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV in UTF-8 with commas or semicolons, up to 8 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )


class ImportPage(Page):
    """Takes a file, has it looked at, and shows what came of the ones before."""

    section = "catalogue"
    roles = EDITORS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the form."""
        return self._show(ImportForm())

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Queue the file, or say why it cannot be read."""
        form = ImportForm(self.request.POST, self.request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            if file.size > LARGEST:
                form.add_error("file", _("A file has at most 8 MB."))
                return self._show(form, http_status=REFUSED)
            try:
                job = ask_import(
                    shop_id=self.seat.shop.id,
                    actor=self.seat.person,
                    filename=file.name,
                    body=file.read(),
                )
            except TrocoError as refusal:
                form.add_error("file", reason_of(refusal))
            else:
                return self.go("job", job.public_id)
        return self._show(form, http_status=REFUSED)

    def _show(self, form: ImportForm, *, http_status: int = 200) -> HttpResponse:
        jobs = jobs_of_shop(self.seat.shop.id, JobKind.IMPORT, JOBS_SHOWN)
        units = ", ".join(Unit.values)
        context = {"form": form, "jobs": [job_row(each) for each in jobs], "units": units}
        return self.page("import.html", context, http_status=http_status)


class TemplateFile(Page):
    """A file with two rows that show how it is done."""

    roles = EDITORS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Hand it out."""
        currency = self.seat.shop.currency
        rows = [
            row_of(
                {
                    "Handle": "cake",
                    "Title": _("Cake"),
                    "Published": "TRUE",
                    "Variant SKU": f"CAKE-{size[0].upper()}",
                    "Variant Inventory Qty": 5,
                    "Tags": _("Sweet"),
                    "Unit": Unit.EACH,
                    "Preparation Minutes": 90,
                },
                [(_("Size"), size)],
                Money(price, currency),
            )
            for size, price in ((_("small"), 2_500), (_("large"), 4_500))
        ]
        return _file("troco-template.csv", HEAD, rows)


class TroublesFile(Page):
    """The rows of a file that were not taken, with what is wrong, to be mended and sent again."""

    roles = EDITORS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Hand them out."""
        job = job_of_shop(self.seat.shop.id, public_id)
        if job is None or job.kind != JobKind.IMPORT:
            raise NotFound
        head = head_of(self.seat.shop.id, public_id)
        rows = (
            [*_padded(each.cells, len(head)), each.words]
            for each in troubles_of(self.seat.shop.id, public_id)
        )
        return _file("troco-errors.csv", [*head, _("Error")], rows)


def _padded(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))][:width]


def _file(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    answer = StreamingHttpResponse(sheet(head, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]  # Both are answers.
