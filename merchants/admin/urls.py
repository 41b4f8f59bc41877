"""Where staff act on shops; each address asks first, and only its form does anything."""

from django.contrib import admin
from django.urls import path

from merchants.admin import evidence, lines, mails, paper_links, papers, programs, reviews, wares

urlpatterns = [
    path(
        "reviews/<str:review_id>/approve",
        reviews.ApproveReview.door(),
        name="staff-review-approved",
    ),
    path("papers/<str:document_id>", papers.ReviewPaper.door(), name="staff-review-paper"),
    path(
        "papers/<str:document_id>/bytes",
        admin.site.admin_view(papers.PaperBytes.as_view()),
        name="staff-paper-bytes",
    ),
    path(
        "evidence/<str:paper_id>",
        admin.site.admin_view(evidence.EvidenceBytes.as_view()),
        name="staff-evidence",
    ),
    path("reviews/<str:review_id>/ask", reviews.AskMore.door(), name="staff-review-asked"),
    path(
        "reviews/<str:review_id>/refuse",
        reviews.RejectReview.door(),
        name="staff-review-rejected",
    ),
    path(
        "reviews/<str:review_id>/next",
        admin.site.admin_view(reviews.next_review),
        name="staff-review-next",
    ),
    path("shops/<str:shop_id>/review", reviews.ReopenReview.door(), name="staff-review-again"),
    path(
        "templates/<int:number>/approve",
        lines.ApproveTemplate.door(),
        name="staff-template-approved",
    ),
    path(
        "templates/<int:number>/refuse",
        lines.RejectTemplate.door(),
        name="staff-template-rejected",
    ),
    path("links/<str:link_id>/disable", wares.DisableLink.door(), name="staff-link-disabled"),
    path(
        "pictures/<str:picture_id>/remove",
        wares.TakePictureDown.door(),
        name="staff-picture-removed",
    ),
    path(
        "paper-links/<int:number>/end",
        paper_links.EndPaperLink.door(),
        name="staff-paper-link-ended",
    ),
    path(
        "statement-mails/<str:mail_id>/end",
        mails.EndStatementMail.door(),
        name="staff-statement-mail-ended",
    ),
    path("keys/<str:key_id>/end", programs.RevokeKey.door(), name="staff-key-revoked"),
    path(
        "endpoints/<str:endpoint_id>/stop",
        programs.StopEndpoint.door(),
        name="staff-endpoint-stopped",
    ),
]
