"""The documents of a year: what each is, when it is due, who gets it, and where the plan asks for it. One table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bloc.enums import DocumentKind, Quarter
from bloc.language import Message, say


class Copies(StrEnum):
    """How many of a kind a year has."""

    ONE = "one"
    A_DEADLINE = "a deadline"  # one for all that units are to send by one day
    A_DEBT = "a debt"  # one for each unit and activity that is late
    A_UNIT = "a unit"
    A_BALLOT = "a ballot"  # one for each title that is to be voted on by secret ballot
    A_VOTE = "a vote"  # one for each title that is to be voted on
    VOTES = "votes"  # one, where titles are voted on at all


class Readers(StrEnum):
    """Who a document is for."""

    PLAN = "plan"  # the list at the plan's end, the units among them
    UNITS = "units"
    OWN = "own"  # the unit that it is about
    HIGHER = "higher"  # the list at the plan's end without the units: results that the units have not been told yet


@dataclass(frozen=True)
class Kind:
    """One kind of document.

    Args:
        name: what it is called; ``file``: what its file is called, in Vietnamese without marks.
        type: the sign of its type in its number ("KH"); "" for letters, whose number has none; None: it bears no number.
        quarter: in which it is due; None: the plan says none.
        readers: who gets it; ``copies``: how many there are; ``source``: the section of the governing plan.
        goes_with: what it is an annex to.
        needs_result: it says nothing before there is a ranking.
        shows_scores: it tells what units gave one another, if only as means.
    """

    name: Message
    file: str
    type: str | None
    quarter: Quarter | None
    readers: Readers
    source: str
    copies: Copies = Copies.ONE
    goes_with: DocumentKind | None = None
    needs_result: bool = False
    shows_scores: bool = False


KINDS: Mapping[DocumentKind, Kind] = {
    DocumentKind.PLAN: Kind(say("Plan of the year"), "ke-hoach-nam", "KH", Quarter.I, Readers.PLAN, "II.2.1"),
    DocumentKind.COVENANT_INVITATION: Kind(
        say("Invitation to the signing of the covenant"), "giay-moi-ky-giao-uoc", "GM", Quarter.I, Readers.PLAN, "II.2.1, III.1"
    ),
    DocumentKind.COVENANT: Kind(say("Emulation covenant"), "giao-uoc-thi-dua", None, Quarter.I, Readers.UNITS, "II.1, II.2.1"),
    DocumentKind.REPORT_REQUEST: Kind(
        say("Request for what units are to send"), "cong-van-de-nghi-gui", "", Quarter.II, Readers.UNITS, "II.2.2, II.2.4",
        copies=Copies.A_DEADLINE,
    ),
    DocumentKind.URGING: Kind(
        say("Urging letter"), "don-doc-thuc-hien", "", Quarter.II, Readers.OWN, "III.2", copies=Copies.A_DEBT
    ),
    DocumentKind.MIDYEAR_REPORT: Kind(
        say("Mid-year report of the bloc"), "bao-cao-so-ket", "BC", Quarter.III, Readers.PLAN, "II.2.3"
    ),
    DocumentKind.YEAR_END_PLAN: Kind(
        say("Plan of the year-end conference"), "ke-hoach-tong-ket", "KH", Quarter.III, Readers.PLAN, "II.2.3, II.2.4"
    ),
    DocumentKind.EXCHANGE_PLAN: Kind(
        say("Plan of the exchange in arts and sports"), "ke-hoach-giao-luu", "KH", None, Readers.UNITS, "III.1"
    ),
    DocumentKind.STUDY_PLAN: Kind(
        say("Plan to learn from others' experience"), "ke-hoach-hoc-tap-kinh-nghiem", "KH", None, Readers.UNITS, "III.1"
    ),
    DocumentKind.YEAR_END_REPORT: Kind(
        say("Year-end report of the bloc"), "bao-cao-tong-ket", "BC", Quarter.IV, Readers.PLAN, "II.2.4", shows_scores=True
    ),
    DocumentKind.RESULT_ANNEX: Kind(
        say("Result table"), "phu-luc-ket-qua", None, Quarter.IV, Readers.PLAN, "II.1, II.2.4",
        goes_with=DocumentKind.YEAR_END_REPORT, needs_result=True, shows_scores=True,
    ),
    DocumentKind.STATISTICS: Kind(
        say("Statistics of the year's work"), "phu-luc-thong-ke", None, Quarter.IV, Readers.PLAN, "III.1, III.2",
        goes_with=DocumentKind.YEAR_END_REPORT,
    ),
    DocumentKind.MINUTES: Kind(
        say("Minutes of the year-end conference"), "bien-ban-hoi-nghi", "BB", Quarter.IV, Readers.PLAN, "II.2.4",
        shows_scores=True,
    ),
    DocumentKind.BALLOT: Kind(
        say("Ballot slips"), "phieu-bau", None, Quarter.IV, Readers.OWN, "II.2.4", copies=Copies.A_BALLOT, needs_result=True,
        shows_scores=True,
    ),
    DocumentKind.COUNT_SHEET: Kind(
        say("Count sheet"), "bang-kiem-phieu", None, Quarter.IV, Readers.OWN, "II.2.4", copies=Copies.A_VOTE,
        needs_result=True, shows_scores=True,
    ),
    DocumentKind.COUNT_MINUTES: Kind(
        say("Minutes of the count"), "bien-ban-kiem-phieu", "BB", Quarter.IV, Readers.HIGHER, "II.2.4",
        copies=Copies.VOTES, needs_result=True, shows_scores=True,
    ),
    DocumentKind.SUBMISSION: Kind(
        say("Submission letter"), "to-trinh-khen-thuong", "TTr", Quarter.IV, Readers.HIGHER, "III.1", shows_scores=True
    ),
    DocumentKind.ACHIEVEMENTS: Kind(
        say("Summary of a unit's achievements"), "tom-tat-thanh-tich", None, Quarter.IV, Readers.HIGHER, "III.1",
        copies=Copies.A_UNIT, goes_with=DocumentKind.SUBMISSION, needs_result=True, shows_scores=True,
    ),
}  # fmt: skip
