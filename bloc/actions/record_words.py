"""What people read of the audit trail: the acts, and what each was about, in words."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, select

from bloc import queries
from bloc.actions.documents import documents
from bloc.actions.title_words import title_acts
from bloc.documents.kinds import KINDS
from bloc.enums import Act, Attends, Decision, DepositState, NoticeState, ObjectionAnswer
from bloc.language import Message, clock_time, on_one_line, say, short_day
from models import Activity, AuditEntry, Cycle, Document
from notifications.states import STATES

ACTS = {
    Act.PLAN: say("plan applied"),
    Act.RESPONSE: say("answer recorded"),
    Act.FREEZE: say("what was agreed on is frozen"),
    Act.DEPOSIT: say("file received"),
    Act.EXTENSION: say("deadline extended"),
    Act.DECLINED: say("later deadline refused"),
    Act.WAIVER: say("obligation waived"),
    Act.RETURN: say("report returned"),
    Act.CLOSING: say("scoring closed without all sheets"),
    Act.REOPENING: say("scoring reopened: the closing is withdrawn"),
    Act.AGGREGATION: say("aggregation asked for"),
    Act.RESULT: say("result made"),
    Act.PUBLICATION: say("result published"),
    Act.OBJECTION: say("cross-score contested"),
    Act.OBJECTION_ANSWER: say("objection answered"),
    Act.NOTICE: say("decided about a mail of ours"),
    Act.INCOMING: say("decided about a mail that came in"),
    Act.DOCUMENT: say("documents"),
    Act.TITLE: say("decided about a title"),
    Act.VOTE: say("vote on a title"),
    Act.CHAIR: say("decided among equals"),
    Act.CITY_ANSWER: say("the city's answer recorded"),
    Act.CONFERENCE: say("conference"),
}
DEPOSITS = {DepositState.ACCEPTED: say("accepted"), DepositState.REFUSED: say("refused")}

OBJECTIONS = {ObjectionAnswer.CONFIRMED: say("confirmed"), ObjectionAnswer.CORRECTED: say("corrected")}

DECISIONS = {
    Decision.SUPPRESSED: say("not to be sent"),
    Decision.EDITED: say("words added"),
    Decision.RESTORED: say("as it was, after all"),
    Decision.RESENT: say("to be sent again"),
    Decision.SETTLED: say("settled"),
    Decision.REMINDED: say("sent by hand"),
}


def details(entry: AuditEntry, names: Mapping[str, str]) -> Iterator[Message]:
    """Yield what was before and after, where that is more than the act itself says, and why."""
    before, after = entry.before or {}, entry.after or {}
    yield from (Message.from_json(change) for change in after.get("changes", ()) if before)
    if entry.act is Act.EXTENSION:
        old, new = (short_day(date.fromisoformat(each["last_day"])) for each in (before, after))
        yield say("last day: {old} before, {new} after", old=old, new=new)
    if entry.act is Act.DECLINED:
        old, asked = (short_day(date.fromisoformat(day)) for day in (before["last_day"], after["asked"]))
        yield say("last day: {old} still; asked for was {asked}", old=old, asked=asked)
    if entry.act is Act.REOPENING:
        yield say("withdrawn: version {version} of the result", version=after["version"])
    if entry.act is Act.DEPOSIT:
        yield say("version {version}: {state}", version=after["version"], state=DEPOSITS[after["state"]])
    if entry.act is Act.CLOSING:
        yield say("missing: {units}", units="; ".join(names.get(code, code) for code in after["missing"]))
    if entry.act is Act.NOTICE and "reachable" in after:
        yield say("an address that took no mail is written to again")
    elif entry.act is Act.NOTICE and "trial" in after:
        yield say("a test mail to a contact")
    elif entry.act is Act.NOTICE:
        yield say("{ref} - {decision}", ref=after["notice"], decision=decision(entry))
    if entry.act is Act.OBJECTION and "evidence" in after:
        yield say("objection no. {number}, with a file; SHA-256 {evidence}", number=after["number"], evidence=after["evidence"])
    elif entry.act is Act.OBJECTION:
        yield say("objection no. {number}", number=after["number"])
    if entry.act is Act.OBJECTION_ANSWER:
        yield say("objection no. {number}: {answer}", number=after["number"], answer=OBJECTIONS[after["answer"]])
    if entry.act is Act.DOCUMENT:
        yield _about_document(after, names)
    if entry.act is Act.CONFERENCE:
        yield _about_conference(before, after, names)
    yield from title_acts(entry, names)
    if entry.because:
        yield say("because: {because}", because=on_one_line(entry.because))


def _about_document(after: Mapping[str, Any], names: Mapping[str, str]) -> Message:
    if "dossier" in after:
        told = {name: after[name] for name in ("parts", "missing", "dossier")}
        return say("dossier put together: {parts} files, {missing} missing or not ready; SHA-256 {dossier}", **told)
    if "drafted" in after:
        return say("drafted: {names}", names="; ".join(names.get(name, name) for name in after["drafted"]))
    name = names.get(after["document"], after["document"])
    if "issued" in after:
        day = short_day(date.fromisoformat(after["day"]))
        return say("{name}: issued {number} {day}", name=name, number=after["number"] or "", day=day)
    if "signed" in after:
        return say("{name}: the signed copy is kept", name=name)
    return say("{name}: sent, {count} mails", name=name, count=after["sent"])


def _about_conference(before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]) -> Message:
    if "postponed" in after:
        return say("moved: {old} before, {new} after", old=_held(before), new=_held(after["postponed"]))
    if "present" in after:
        there = "; ".join(names.get(code, code) for code in after["present"])
        return say("were there, {count}: {units}", count=len(after["present"]), units=there or "-")
    if "reminded" in after:
        return say("reminded: {units}", units="; ".join(names.get(code, code) for code in after["reminded"]))
    if after["answer"] == Attends.COMING:
        return say("comes: {who}, {people} people", who=after["who"], people=after["people"])
    return say("nobody comes")


def _held(told: Mapping[str, Any]) -> Message | str:
    if not told["day"]:
        return say("no date")
    day = short_day(date.fromisoformat(told["day"]))
    parts = [part for part in (told["start"], day, told["place"], told["link"]) if part]
    return ", ".join(parts)


def acts_on_notices(entries: Iterable[AuditEntry], ref: str) -> Iterator[Message]:
    """Yield what was decided about the notice of that reference: when, by whom, what and why."""
    for entry in entries:
        if entry.act is Act.NOTICE and (entry.after or {}).get("notice") == ref:
            told = say("{moment}, {by}: {decision}", moment=clock_time(entry.at), by=entry.by, decision=decision(entry))
            yield say("{told} (because: {because})", told=told, because=on_one_line(entry.because or "-"))


def decision(entry: AuditEntry) -> Message:
    """Return what a person decided about a notice, in words."""
    after = entry.after or {}
    said = DECISIONS[Decision(after["decision"])]
    return say("{decision}: {state}", decision=said, state=STATES[NoticeState(after["state"])]) if "state" in after else said


def names_of(session: Session, cycle: Cycle) -> Mapping[str, str]:
    """Return what the codes in the trail stand for: titles, activities, units, former ones too, and documents."""
    rows = session.exec(select(Activity).where(Activity.cycle_id == cycle.id))
    activities, units = {row.code: row.name for row in rows}, queries.units_by_code(session, cycle).values()
    papers = {row.name: _called(row, activities, {unit.id: unit.name for unit in units}) for row in documents(session, cycle)}
    titles = {title.code: title.name for title in queries.plan_of(cycle).titles}
    return {**titles, **activities, **{unit.code: unit.name for unit in units}, **papers}


def _called(row: Document, activities: Mapping[str, str], units: Mapping[uuid.UUID, str]) -> str:
    about = (activities.get(row.about or ""), units.get(row.unit_id) if row.unit_id else None)
    return " - ".join([str(KINDS[row.kind].name), *filter(None, about)])
