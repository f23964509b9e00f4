"""Several files as one .zip, to be downloaded; the same files give the same bytes."""

import io
import zipfile
from collections.abc import Mapping

from bloc.documents.archive import entry


def packed(written: Mapping[str, bytes]) -> bytes:
    """Return an archive of files (name -> bytes)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in written.items():
            archive.writestr(entry(name), data)
    return target.getvalue()
