"""Where files lie: a folder of the instance, or an object store that speaks S3."""

from pathlib import Path
from typing import Any

from environs import Env


def media_storage(env: Env, folder: Path) -> dict[str, Any]:
    """Return the storage of files as Django's settings name it.

    Nothing in the bucket is public, nothing is overwritten, and addresses into it are handed to
    nobody: files go out through our own door either way.

    Args:
        env: The environment; ``TROCO_MEDIA_BUCKET`` chooses the object store.
        folder: Where files lie otherwise.

    Raises:
        EnvError: A bucket is named without its keys.
    """
    bucket = env.str("TROCO_MEDIA_BUCKET", "")
    if not bucket:
        return {"BACKEND": "messaging.files.vault.DiskVault", "OPTIONS": {"location": folder}}
    return {
        "BACKEND": "messaging.files.bucket.BucketVault",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env.str("TROCO_MEDIA_ENDPOINT", "") or None,
            "region_name": env.str("TROCO_MEDIA_REGION", "us-east-1"),
            "access_key": env.str("TROCO_MEDIA_ACCESS_KEY"),
            "secret_key": env.str("TROCO_MEDIA_SECRET_KEY"),
            "addressing_style": "path",
            "default_acl": None,
            "file_overwrite": False,
            "max_memory_size": 1_000_000,
            "signature_version": "s3v4",
        },
    }
