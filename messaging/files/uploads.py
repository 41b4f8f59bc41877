"""The one file that a form brings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, cast

from django.http import HttpRequest

from core.api.uploads import limit_passed
from core.errors import InputInvalid
from messaging.files.errors import MediaTooLarge

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

FIELD: Final = "file"


def one_file(request: HttpRequest, files: Sequence[object]) -> "UploadedFile[bytes]":
    """Return the one file that a form brought.

    Args:
        request: Its body has been read.
        files: What came in the field.

    Raises:
        MediaTooLarge: It was more than a file that begins so may be.
        InputInvalid: There is none, or more than one.
    """
    most = limit_passed(request)
    if most is not None:
        raise MediaTooLarge(limit_bytes=most)
    if len(files) != 1:
        raise InputInvalid(field_errors={FIELD: [{"code": "required"}]})
    return cast("UploadedFile[bytes]", files[0])
