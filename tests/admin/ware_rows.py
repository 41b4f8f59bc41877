"""Rows of what shops show and ask: links, pictures, long work, kept views."""

from datetime import timedelta

from merchants.models import (
    DisputePaper,
    PaymentLink,
    ProductPicture,
    RefundProposal,
    SavedView,
    ShopJob,
)
from messaging.models import MediaFile
from tests.admin.people_rows import AT, number, person
from tests.admin.program_rows import shop


def payment_link() -> PaymentLink:
    n = number()
    return PaymentLink.objects.create(
        public_id=f"lnk_{n}",
        code=f"code{n:06d}",
        shop=shop(),
        title="Cesta",
        currency="BRL",
        created_at=AT,
        created_by=person(),
    )


def product_picture() -> ProductPicture:
    n, seller = number(), shop()
    media = MediaFile.objects.create(
        public_id=f"med_{n}",
        number=7 * 10**15 + n,
        owner=seller.party,
        kind="image",
        mime_type="image/png",
        byte_count=1,
        sha256="0" * 64,
        width=1,
        height=1,
        storage_key=f"2026/11/26/{n}",
        thumbnail="ready",
        created_at=AT,
    )
    return ProductPicture.objects.create(
        public_id=f"pic_{n}", shop=seller, handle="pao", media=media, position=1, created_at=AT
    )


def saved_view() -> SavedView:
    return SavedView.objects.create(
        shop=shop(), person=person(), list_name="orders", name="Late", query="q=x", created_at=AT
    )


def shop_job() -> ShopJob:
    return ShopJob.objects.create(
        public_id=f"job_{number()}",
        shop=shop(),
        person=person(),
        kind="import",
        state="queued",
        created_at=AT,
    )


def refund_proposal() -> RefundProposal:
    n = number()
    return RefundProposal.objects.create(
        public_id=f"rpr_{n}",
        shop=shop(),
        payment_ref=f"pay_{n}",
        amount_minor=60_00,
        given_minor=0,
        currency="BRL",
        reason="damaged",
        request_key="k",
        asked_by=person(),
        asked_at=AT,
        expires_at=AT + timedelta(days=3),
    )


def dispute_paper() -> DisputePaper:
    n = number()
    return DisputePaper.objects.create(
        public_id=f"doc_{n}",
        shop=shop(),
        dispute_ref=f"dsp_{n}",
        name="recibo.pdf",
        mime="application/pdf",
        content=b"%PDF-1.7",
        sha256=f"{n:064x}",
        sent_by=person(),
        sent_at=AT,
        handed_in_at=AT,
    )
