"""Why a file is not taken."""

from django.utils.translation import gettext_lazy as _

from core.errors import TrocoError


class MediaTypeRefused(TrocoError):
    """The bytes are of no type that may be sent."""

    code = "media_type_refused"
    http_status = 422
    words = _(
        "This kind of file cannot be sent. Send a picture (JPEG, PNG, WebP or GIF), a sound or a"
        " film (OGG, MP3, M4A, AAC, AMR, MP4, 3GP or WebM), or a PDF, office, text or ZIP file."
    )


class MediaBroken(TrocoError):
    """The file begins like one of its type, and is damaged or cut off."""

    code = "media_broken"
    http_status = 422
    words = _("This file is damaged or incomplete. Save it again and send it once more.")


class MediaTooLarge(TrocoError):
    """The file is larger than files of its kind may be; ``limit_bytes`` says how large."""

    code = "media_too_large"
    http_status = 413
    words = _(
        "This file is too large. A picture may have 10 MB, a sound or a film 16 MB,"
        " a document 100 MB."
    )


class MediaTooManyPixels(TrocoError):
    """The picture would fill the memory once it is unpacked."""

    code = "media_too_many_pixels"
    http_status = 422
    words = _("This picture has too many pixels: 25 million is the most. Send a smaller one.")


class MediaUnpacksTooLarge(TrocoError):
    """The archive would fill a disk once somebody unpacks it."""

    code = "media_unpacks_too_large"
    http_status = 422
    words = _("This archive would unpack to far more than it seems. Send the files in it instead.")


class MediaQuotaReached(TrocoError):
    """The party has sent as much as a day allows."""

    code = "media_quota_reached"
    http_status = 429
    words = _("You have sent as many files as a day allows. Try again later.")
