"""What was sent: the receipt or the faults, and the file itself back."""

from fastapi import APIRouter, Response

from bloc import files
from bloc.actions import sums
from bloc.actions.reading import marked_copy
from bloc.errors import Fault
from bloc.portal import words
from bloc.portal.access import Here
from bloc.portal.door import nothing_here
from bloc.portal.downloads import download
from bloc.portal.pages import page
from bloc.portal.routes.obligations import versions_of

router = APIRouter()


@router.get("/deposits/{deposit}")
def deposit(visit: Here) -> Response:
    """Show the receipt of what was accepted; of what was refused every fault, and the form to send it again."""
    sent = visit.deposit
    with visit.read() as session:
        totals = sums.totals_by_unit(session, visit.cycle, sent)
        versions = versions_of(session, visit)
    return page(
        visit,
        f"deposit-{sent.state}",
        owed=visit.owed,
        deposit=sent,
        faulty=[Fault.from_json(each) for each in sent.faults],
        remarks=[Fault.from_json(each) for each in sent.remarks],
        totals=totals,
        is_last=versions[0].id == sent.id,
        versions=versions,
        tags=words.DEPOSITS,
        until=words.until(visit.owed.obligation.due_at),
    )


@router.get("/deposits/{deposit}/file")
def sent_file(visit: Here) -> Response:
    """Give a file back as it was sent."""
    with visit.read() as session:
        return download(files.read(session, visit.deposit.sha256), visit.deposit.file_name)


@router.get("/deposits/{deposit}/marked")
def marked_file(visit: Here) -> Response:
    """Give a refused score sheet back with each fault at its cell."""
    with visit.read() as session:
        marked = marked_copy(session, visit.deposit)
    if marked is None:
        raise nothing_here()
    return download(marked, f"bang-cham-diem-{visit.unit.code}-can-sua-{visit.deposit.version}.xlsx")
