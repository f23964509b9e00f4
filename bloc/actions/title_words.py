"""What people read of titles: what a unit lacks, why it is proposed or not, what is wrong with a count, what is on record."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import floor

from bloc.actions.titles import Round, TitleBoard, TitleLine
from bloc.enums import ByHand, CountedOf, TitlesBy, VoteTie
from bloc.language import Message, points, rounded, say
from bloc.plan import Plan
from bloc.rules.titles import Lack, Shortcoming, Verdict
from bloc.rules.voting import Finding, Mismatch, VoteRule
from models import AuditEntry

HOW: Mapping[TitlesBy, Message] = {
    TitlesBy.RANK: say("by rank"),
    TitlesBy.OPEN_VOTE: say("by an open vote"),
    TitlesBy.SECRET_VOTE: say("by a secret ballot"),
}
BY_HAND: Mapping[ByHand, Message] = {
    ByHand.ADDED: say("added by hand"),
    ByHand.WITHDRAWN: say("withdrawn from the proposal"),
    ByHand.EXCLUDED: say("excluded"),
}
VERDICTS: Mapping[Verdict, Message] = {
    Verdict.PROPOSED: say("proposed by rank"),
    Verdict.TIED: say("equal at the last place"),
    Verdict.BELOW: say("meets; others have the places"),
    Verdict.FAILS: say("fails"),
}
TIES: Mapping[VoteTie, Message] = {
    VoteTie.NEXT_ROUND: say("equals: a further round"),
    VoteTie.SHARED: say("equals: all of them have it"),
    VoteTie.BY_RANK: say("equals: the better ranked"),
    VoteTie.CHAIR: say("equals: the chair decides"),
}
MISMATCHES: Mapping[Mismatch, Message] = {
    Mismatch.NEGATIVE: say("no number can be below 0"),
    Mismatch.MORE_PRESENT_THAN_MEMBERS: say("more are present than there are members"),
    Mismatch.MORE_ISSUED_THAN_PRESENT: say("more slips were issued than members are present"),
    Mismatch.SLIPS_DO_NOT_ADD_UP: say("slips issued are not valid, invalid and not returned ones together"),
    Mismatch.CANDIDATE_ABOVE_VALID: say("more votes than there are valid slips"),
    Mismatch.MORE_VOTES_THAN_PLACES: say("all votes together are more than the valid slips have places for"),
    Mismatch.VOTED_ON_ITSELF: say("it cannot have voted for itself"),
    Mismatch.HANDS_DIFFER: say("its votes are not as many as the units that voted for it"),
    Mismatch.VOTED_TOO_OFTEN: say("it voted for more candidates than there are places"),
    Mismatch.NO_QUORUM: say("too few are present: the vote does not count"),
}


def mismatch_said(finding: Finding) -> Message:
    """Return what cannot be true of a count."""
    return MISMATCHES[finding.mismatch]


def lack_said(lack: Shortcoming, line: TitleLine, board: TitleBoard, plan: Plan) -> Message:
    """Return a condition that a unit does not meet."""
    match lack.lack:
        case Lack.EXCLUDED:
            return say("excluded: {why}", why=lack.what)
        case Lack.OTHER_TITLE:
            other = plan.title(lack.what)
            return say("it is proposed for another title: {title}", title=other.name if other else lack.what)
        case Lack.NOT_FIRST:
            return say("not of the first rank")
        case Lack.SCORE:
            least = board.title.conditions.least_score or 0
            shown = rounded(line.score, plan.policies.rounding.decimals)
            return say("{score} points, at least {least} are needed", score=shown, least=points(least))
        case Lack.NOT_SENT:
            return say("not sent: {what}", what=lack.what)
        case Lack.LATE:
            return say("{what}: {days} days late", what=lack.what, days=lack.days)


def standing_said(line: TitleLine, board: TitleBoard, plan: Plan) -> Message:
    """Return how a unit stands by rank and conditions: "meets", or all that it fails."""
    if line.verdict is Verdict.FAILS:
        lacks = "; ".join(str(lack_said(lack, line, board, plan)) for lack in line.lacks)
        return say("fails: {lacks}", lacks=lacks)
    if line.verdict is Verdict.PROPOSED or board.how is not TitlesBy.RANK:  # in a vote all who meet stand
        return say("meets")
    return VERDICTS[line.verdict]


def of_round(unit: str, each: Round) -> Message:
    """Return what a round of a vote has decided of one who stood in it."""
    if unit in each.outcome.elected:
        return say("elected")
    if unit in each.chosen:
        return say("chosen by the chair")
    if unit in each.outcome.next_round:
        return say("next round")
    return say("equal votes, to be decided") if each.waits_for_chair and unit in each.outcome.tied else say("not elected")


def deviation(line: TitleLine, board: TitleBoard) -> Message | None:
    """Return why the outcome for a unit is another than rank and conditions alone would have it; None where it is the same."""
    if line.by_hand is not None and (line.chosen != line.is_computed or line.by_hand.kind is ByHand.EXCLUDED):
        return say("{decided}: {because}", decided=BY_HAND[line.by_hand.kind], because=line.by_hand.because)
    if line.chosen == line.is_computed or not board.is_decided:
        return None
    chair = next((each.chosen[line.unit] for each in board.rounds if line.unit in each.chosen), None)
    if chair is not None:
        return say("the chair's decision among equals: {because}", because=chair.because)
    if not board.rounds:
        return None
    last = next((each for each in reversed(board.rounds) if line.unit in each.votes), None)
    if last is None:
        return say("not voted on")
    votes, of = last.votes[line.unit], electors(board.rule, last.row.members, last.row.present)
    if line.chosen:
        return say("elected with {votes} of {of} votes", votes=votes, of=of)
    return say("not elected: {votes} of {of} votes", votes=votes, of=of)


def electors(rule: VoteRule, members: int, present: int) -> int:
    """Return of how many the pass mark is counted."""
    return members if rule.counted_of is CountedOf.MEMBERS else present


def votes_needed(rule: VoteRule, members: int, present: int) -> int:
    """Return the fewest votes that are enough."""
    needed: Fraction = rule.mark.share * electors(rule, members, present)
    least = floor(needed) + 1 if rule.mark.strict else -floor(-needed)
    return max(1, least)


def rule_said(board: TitleBoard) -> Iterator[Message]:
    """Yield the rules of a vote in words."""
    rule = board.rule
    yield say("quorum: {count} of {of} members", count=rule.needed_present(board.members), of=board.members)
    of = say("all members") if rule.counted_of is CountedOf.MEMBERS else say("those present")
    share = f"{rule.mark.share.numerator}/{rule.mark.share.denominator}"
    if rule.mark.strict:
        yield say("to be elected: more than {share} of {of}", share=share, of=of)
    else:
        yield say("to be elected: at least {share} of {of}", share=share, of=of)
    yield TIES[rule.tie]
    yield say("rounds at most: {count}", count=rule.rounds)
    if not rule.on_itself:
        yield say("no unit votes for itself")


def title_acts(entry: AuditEntry, names: Mapping[str, str]) -> Iterator[Message]:
    """Yield what an act on titles was, beside its reason."""
    before, after = entry.before or {}, entry.after or {}
    if "decided" in after:
        kind = after["decided"]
        yield BY_HAND[ByHand(kind)] if kind else say("taken back: {decided}", decided=BY_HAND[ByHand(before["decided"])])
    elif "chosen" in after:
        yield say("chosen: {units}", units=_named(after["chosen"], names))
    elif "round" in after and after["round"] is None:
        yield say("the record of round {number} is dropped", number=before["round"])
    elif "round" in after:
        votes = "; ".join(f"{names.get(unit, unit)} {given}" for unit, given in after["votes"].items())
        yield say(
            "round {number}: present {present}; votes: {votes}", number=after["round"], present=after["present"], votes=votes
        )
    elif "granted" in after:
        units = [unit for title in after["granted"].values() for unit, granted in title.items() if granted]
        yield say("decision {number}: granted to {units}", number=after["number"], units=_named(units, names) or "-")


def _named(codes: list[str], names: Mapping[str, str]) -> str:
    return "; ".join(names.get(code, code) for code in codes)
