"""The dossier of the year that goes to the city: what is in it, what is missing, and the way to take it along."""

from fastapi import APIRouter, Response

from bloc.actions.dossiers import dossier, put_on_record
from bloc.documents.dossier import Chapter, write
from bloc.documents.preview import office
from bloc.language import say
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.downloads import download
from bloc.portal.forms import Faults, Posted, line
from bloc.portal.pages import page

router = APIRouter()
ARCHIVE, PDF = "zip", "pdf"


@router.get("/years/{cycle}/dossier")
def contents(visit: Here) -> Response:
    """Show what the dossier holds as the year stands, by chapters, and what is missing."""
    return _contents(visit)


def _contents(visit: Visit, faults: Faults | None = None) -> Response:
    with visit.read() as session:
        found = dossier(session, visit.cycle, visit.now)
    chapters = [
        (
            chapter,
            [(name, part) for name, part in found.files.items() if part.chapter is chapter],
            [each for each in found.missing if each.chapter is chapter],
        )
        for chapter in Chapter
    ]
    return page(
        visit, "dossier", status=422 if faults else 200, faults=faults or Faults(), chapters=chapters, found=found,
        previews=office() is not None,
    )  # fmt: skip


@router.post("/years/{cycle}/dossier")
def put_together(visit: Here, form: Posted) -> Response:
    """Give the dossier as an archive, or as one .pdf; that it was made is on record."""
    wanted = line(form, "as")
    if wanted not in (ARCHIVE, PDF):
        return _contents(visit, Faults({"as": say("Choose the archive or the one .pdf.")}))
    with visit.read() as session:
        found = dossier(session, visit.cycle, visit.now)
    written = write(found, pdf=wanted == PDF)
    data = written.archive if wanted == ARCHIVE else written.pdf
    if data is None:
        return _contents(visit, Faults({"as": say("The one .pdf cannot be had here just now. Please take the archive.")}))
    with visit.work() as work:
        put_on_record(work, visit.cycle, found, written, visit.now)
    return download(data, f"ho-so-{visit.cycle.key}.{wanted}")
