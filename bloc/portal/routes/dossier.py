"""The dossier of the year that goes to the city: what is in it, what is missing, and the way to take it along."""

from fastapi import APIRouter, Response

from bloc.actions.dossiers import dossier, put_on_record
from bloc.documents.dossier import Chapter, Dossier, Missing, Part, write
from bloc.documents.preview import office
from bloc.language import Message, say
from bloc.portal.access import Here
from bloc.portal.door import Visit
from bloc.portal.downloads import download
from bloc.portal.forms import Faults, Posted, line
from bloc.portal.pages import page
from bloc.portal.words import Look, Tag

router = APIRouter()
ARCHIVE, PDF = "zip", "pdf"
READY, UNREADY = Tag(Look.DONE, say("There")), Tag(Look.SOON, say("Not ready"))


@router.get("/years/{cycle}/dossier")
def contents(visit: Here) -> Response:
    """Show what the dossier holds as the year stands, by chapters, and what is missing."""
    return _contents(visit)


def _contents(visit: Visit, faults: Faults | None = None) -> Response:
    with visit.read() as session:
        found = dossier(session, visit.cycle, visit.now)
    chapters = [(chapter, *_lines(found, chapter)) for chapter in Chapter]
    return page(
        visit, "dossier", status=422 if faults else 200, faults=faults or Faults(), chapters=chapters, found=found,
        previews=office() is not None, ready=READY, unready=UNREADY,
    )  # fmt: skip


def _lines(found: Dossier, chapter: Chapter) -> tuple[list[tuple[str, Part, Message | None]], list[Missing]]:
    """Return the files of a chapter, each with why it is not ready, and what is missing beside them."""
    lacking = [each for each in found.missing if each.chapter is chapter]
    files = {name: part for name, part in found.files.items() if part.chapter is chapter}
    why = {str(each.title): each.why for each in lacking}
    titles = {str(part.title) for part in files.values()}
    lines = [(name, part, why.get(str(part.title))) for name, part in files.items()]
    return lines, [each for each in lacking if str(each.title) not in titles]


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
