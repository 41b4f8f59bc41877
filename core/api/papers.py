"""Bytes that somebody sent, handed to somebody else."""

from django.http import HttpResponse


def paper_answer(paper_id: str, mime: str, content: bytes) -> HttpResponse:
    """Return a paper's bytes so that nothing in them can run here.

    Args:
        paper_id: Its public id; what it is saved as.
        mime: What it was found to be; a picture is shown, anything else saved.
        content: The bytes.
    """
    answer = HttpResponse(content, content_type=mime)
    way = "inline" if mime.startswith("image/") else "attachment"
    answer["Content-Disposition"] = f'{way}; filename="{paper_id}.{mime.rpartition("/")[2]}"'
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
