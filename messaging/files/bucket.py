"""Files in an object store that speaks S3; only the part that is asked for comes from there."""

from typing import Any, BinaryIO, cast

from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage
from storages.utils import clean_name

_GONE = 404


class BucketVault(S3Storage):
    """A bucket whose objects can be read by parts."""

    def open_part(self, name: str, start: int, length: int) -> BinaryIO:
        """Open some bytes of a file.

        Raises:
            FileNotFoundError: There is no such file.
            OSError: The store does not answer as it should.
        """
        key = self._normalize_name(clean_name(name))
        wanted = f"bytes={start}-{start + length - 1}"
        try:
            found: dict[str, Any] = self.bucket.Object(key).get(Range=wanted)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == _GONE:
                raise FileNotFoundError(name) from error
            raise OSError(str(error)) from error
        except BotoCoreError as error:
            raise OSError(str(error)) from error
        return cast("BinaryIO", found["Body"])
