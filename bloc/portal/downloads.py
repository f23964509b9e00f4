"""Files on their way out: always as attachments, under a type that is ours and not the sender's to choose."""

from pathlib import PurePath
from urllib.parse import quote

from fastapi import Response

from bloc.language import on_one_line

TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".csv": "text/csv; charset=utf-8",
    ".zip": "application/zip",
    ".ics": "text/calendar; charset=utf-8",
}
NAME_LENGTH = 120  # signs


def download(data: bytes, name: str) -> Response:
    """Return a file to be saved under ``name``; of that only its last part is taken."""
    plain = on_one_line(PurePath(name.replace("\\", "/")).name)[-NAME_LENGTH:] or "file"
    kind = TYPES.get(PurePath(plain).suffix.lower(), "application/octet-stream")
    disposition = f"attachment; filename*=UTF-8''{quote(plain, safe='')}"
    return Response(data, media_type=kind, headers={"Content-Disposition": disposition})
