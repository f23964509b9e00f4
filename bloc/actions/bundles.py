"""The frozen bundle: a version of the ranking with all that it rests on, in one archive that is verified without a database."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC
from fractions import Fraction
from typing import Any

from sqlmodel import Session

from bloc import files
from bloc.actions.reading import form_of
from bloc.actions.result_inputs import GivenPoints, Inputs, by_scorer, hashes_of
from bloc.actions.result_tables import result_table
from bloc.actions.results import ranking
from bloc.actions.verification import line_differences, sheet_differences
from bloc.documents.archive import SUMS, NoArchive, changed, pack, unpack
from bloc.documents.bundle_words import README
from bloc.documents.recompute_workbook import make_recompute_workbook
from bloc.language import Message, say
from bloc.plan import Plan
from bloc.rules.completeness import arrivals, state_of_result
from bloc.rules.ranking import standings
from models import Cycle, Result

README_NAME, PLAN, POINTS, RESULT, AGAIN = "DOC-TRUOC.txt", "ke-hoach.json", "diem.csv", "ket-qua.json", "tinh-lai.xlsx"
SHEETS = "bang-cham-diem"
POINT_HEADS = ("scorer", "unit", "criterion", "thousandths")


def bundle(session: Session, cycle: Cycle, result: Result) -> bytes:
    """Return the archive of a version of the ranking: as received, as data, as result; the same data give the same bytes."""
    inputs = Inputs.of(session, cycle, result)
    sheets = {sheet_name(scorer): files.read(session, sheet.sha256) for scorer, sheet in inputs.sheets.items()}
    told = {
        README_NAME: _readme(inputs, result).encode(),
        PLAN: inputs.plan_text.encode(),
        POINTS: _as_csv(sorted(inputs.points)).encode(),
        RESULT: (json.dumps(_as_data(inputs, result), ensure_ascii=False, indent=2) + "\n").encode(),
        AGAIN: make_recompute_workbook(result_table(session, cycle, result)),
    }
    return pack(told | sheets)


def sheet_name(scorer: str) -> str:
    """Return what the sheet of a unit is called in the archive."""
    return f"{SHEETS}/{scorer}.xlsx"


def bundle_difference(data: bytes) -> Message | None:
    """Return the first thing in which an archive is not what ``bundle`` wrote, or its result not what it rests on; None: whole.

    Any changed byte is found. Who changes all of it in step makes another archive: its SHA-256 tells that one from the first.
    """
    try:
        entries = unpack(data)
        return next(_differences(data, entries), None)
    except NoArchive:
        return say("the file is damaged, or no bundle")
    except (ValueError, KeyError, TypeError, ZeroDivisionError):  # written by another hand, with sums that fit
        return say("what is in it cannot be read")


def _differences(data: bytes, entries: Mapping[str, bytes]) -> Iterator[Message]:
    for name in changed(entries):
        yield say("{name} is not as it was frozen", name=name)
    if pack({name: entry for name, entry in entries.items() if name != SUMS}) != data:
        yield say("the archive is not as it was written")
    plan_text, result = entries[PLAN].decode(), json.loads(entries[RESULT])
    plan, points = Plan.model_validate_json(plan_text), _from_csv(entries[POINTS].decode())
    kept, codes = by_scorer(points), [unit.code for unit in plan.units]
    for sheet in result["files"]:
        scorer = sheet["unit"]
        form = form_of(plan, plan, scorer)
        yield from sheet_differences(scorer, entries[sheet_name(scorer)], sheet["sha256"], form, kept.get(scorer, {}))
    if result["input_hash"] not in hashes_of(json.loads(plan_text), points):
        yield say("the members, policies, criteria or points are not those that the version was made from")
    scorers = [sheet["unit"] for sheet in result["files"]]
    here = (state_of_result(arrivals(codes, scorers)), len(scorers), len(codes))
    if here != (result["state"], result["sheets"], result["members"]):
        yield say("it says {sheets} of {members} sheets; there are {k} of {n}", sheets=result["sheets"],
                  members=result["members"], k=here[1], n=here[2])  # fmt: skip
    totals = {(scorer, unit): 0 for scorer in scorers for unit in codes}
    for scorer, unit, _, given in points:
        totals[scorer, unit] += given
    lines = {line["unit"]: (line["rank"], line["tied"], Fraction(line["score"])) for line in result["standings"]}
    yield from line_differences(standings(codes, scorers, totals, plan.policies.ties), lines)


def _as_data(inputs: Inputs, result: Result) -> dict[str, Any]:
    return {
        "cycle": inputs.cycle.key,
        "version": result.version,
        "state": result.state,
        "sheets": result.sheets,
        "members": result.members,
        "plan_version": result.plan_version,
        "policies": result.policies,
        "input_hash": result.input_hash,
        "code_version": result.code_version,
        "computed_at": result.computed_at.astimezone(UTC).isoformat(),
        "standings": [
            {"unit": line.unit.code, "rank": line.standing.rank, "tied": line.standing.tied, "score": str(line.score)}
            for line in ranking(inputs.session, result)
        ],
        "files": [
            {
                "unit": scorer,
                "file_name": sheet.file_name,
                "sha256": sheet.sha256,
                "received_at": sheet.received_at.astimezone(UTC).isoformat(),
            }
            for scorer, sheet in inputs.sheets.items()
        ],
    }


def _as_csv(points: list[GivenPoints]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([POINT_HEADS, *points])
    return text.getvalue()


def _from_csv(text: str) -> list[GivenPoints]:
    rows = csv.DictReader(io.StringIO(text))
    return [(row["scorer"], row["unit"], row["criterion"], int(row["thousandths"])) for row in rows]


def _readme(inputs: Inputs, result: Result) -> str:
    return README.format(
        year=inputs.cycle.year, bloc=inputs.plan.bloc.name, version=result.version, code_version=result.code_version,
        plan=PLAN, points=POINTS, sheets=f"{SHEETS}/", result=RESULT, again=AGAIN, sums=SUMS,
    )  # fmt: skip
