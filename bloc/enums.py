"""The closed sets of values: one word for one thing, the same in code, tables, plan files and pages."""

from enum import IntEnum, StrEnum


class CycleMode(StrEnum):
    """Which clock a cycle follows: the wall clock, or the moment that its replay has reached."""

    LIVE = "live"
    REPLAY = "replay"


class MemberRole(StrEnum):
    """What a unit is in one cycle; the roles rotate every year."""

    LEADER = "leader"
    DEPUTY = "deputy"
    MEMBER = "member"


class ContactRole(StrEnum):
    """What a person does for a unit in one cycle; a reminder step names the roles that it is sent to."""

    CONTACT = "contact"
    DEPUTY_CONTACT = "deputy_contact"
    HEAD = "head"
    SECRETARY = "secretary"


class Stage(StrEnum):
    """The parts of the year, each carried by one flow of the same name."""

    SIGNING = "signing"
    MIDYEAR = "midyear"
    YEAR_END = "year-end"


class Part(StrEnum):
    """The parts of the plan that an operator sees in Prefect, each a deployment with the plan's days (bloc.plan_days)."""

    SIGNING = "signing"
    MIDYEAR = "midyear"
    BLOC_REPORT = "bloc-report"
    YEAR_END = "year-end"
    AGGREGATION = "aggregation"
    CONFERENCE = "conference"


class ActivityKind(StrEnum):
    """What an activity asks of those who act; it decides how an obligation is met."""

    CONSULTATION = "consultation"  # answered: agreed, or commented
    SIGNATURE = "signature"  # signed by a named role
    REPORT = "report"  # a .docx or .pdf deposited
    SCORE_SHEETS = "score-sheets"  # the .xlsx parcel of self-score and cross-scores deposited
    DUTY = "duty"  # confirmed as done
    CONFERENCE = "conference"  # held; confirmed by its convener


class Circulated(StrEnum):
    """Of what a draft is circulated in a consultation."""

    COVENANT = "covenant"
    CRITERIA = "criteria"
    BOTH = "both"


class ActivityState(StrEnum):
    """Where an activity stands. ``undated`` has no deadline yet and reminds nobody."""

    UNDATED = "undated"
    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"  # its deadline has passed; deposits are still taken, as late
    PAST = "past"  # its deadline had passed when the plan was applied: on record, nothing was owed
    WITHDRAWN = "withdrawn"  # a changed plan no longer has it; what was done for it stays on record


class Actors(StrEnum):
    """Who acts on an activity, where the plan does not list units by code."""

    ALL = "all"
    LEADER = "leader"
    DEPUTY = "deputy"
    MEMBERS = "members"  # all but the leader


class ObligationState(StrEnum):
    """Where an obligation stands; lateness is a fact read from the dates, not a state."""

    OPEN = "open"
    ACCEPTED = "accepted"
    WAIVED = "waived"


class DepositState(StrEnum):
    """What became of a deposit. Every version is kept."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    RETURNED = "returned"


class ResponseKind(StrEnum):
    """How an obligation that asks for no file is met."""

    AGREED = "agreed"
    COMMENTED = "commented"
    SIGNED = "signed"
    DONE = "done"


class Attends(StrEnum):
    """What a unit answered to a conference's invitation."""

    COMING = "coming"
    ABSENT = "absent"


class Tone(StrEnum):
    """How a reminder speaks; a step of the ladder may say so, else it follows from how near the deadline is."""

    COURTEOUS = "courteous"
    URGENT = "urgent"
    FIRM = "firm"


class NoticeKind(StrEnum):
    """The messages; each has a function and a template of its name in every language."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    OVERDUE = "overdue"
    ESCALATION = "escalation"  # what a unit owes too late, told to those above its contact: head, secretary, deputy leader
    EXTENSION = "extension"
    DECLINED = "declined"  # a later deadline that the unit asked for is not given
    RECEIPT = "receipt"
    REFUSAL = "refusal"
    RETURNED = "returned"
    REISSUE = "reissue"
    WAIVER = "waiver"
    RESULT_READY = "result-ready"
    RESULT = "result"
    OBJECTIONS_OPEN = "objections-open"  # to all units: until when they may contest what they were given
    OBJECTION = "objection"  # to whoever gave it
    OBJECTION_REMINDER = "objection-reminder"
    OBJECTION_ANSWER = "objection-answer"  # to whoever contests it
    THANKS = "thanks"  # all have sent
    DOCUMENT = "document"  # one that was issued, to those on its list
    CONFERENCE = "conference"  # a unit is invited to one
    CONFERENCE_REMINDER = "conference-reminder"  # who has not answered the invitation yet
    POSTPONED = "postponed"  # a conference is held at another time or place
    CALLED_OFF = "called-off"  # a conference is not held, or a unit is not asked any more
    WEEKLY = "weekly"  # to the secretary: what is due, late, undelivered, uncertain, waiting for them
    UNDELIVERABLE = "undeliverable"  # to the secretary: an address takes no mail
    HELD = "held"  # to the secretary: a mail that came in waits for a decision
    ALARM = "alarm"  # to the operator


class DirectMail(StrEnum):
    """The messages that are sent at once and kept nowhere; each has a function and a template too."""

    SIGN_IN = "sign-in"  # holds a secret
    TRIAL = "trial"  # to see whether an address takes mail


class Act(StrEnum):
    """What the audit trail records."""

    PLAN = "plan"  # applied: begun or changed
    RESPONSE = "response"
    FREEZE = "freeze"  # the last unit has signed the covenant
    DEPOSIT = "deposit"
    EXTENSION = "extension"
    DECLINED = "declined"  # a later deadline that a unit asked for is not given
    WAIVER = "waiver"
    RETURN = "return"
    CLOSING = "closing"  # of the scoring, with sheets missing
    REOPENING = "reopening"  # of the scoring: the closing is withdrawn
    AGGREGATION = "aggregation"  # asked for
    RESULT = "result"  # a version of the ranking is made
    PUBLICATION = "publication"
    OBJECTION = "objection"  # a unit contests a cross-score
    OBJECTION_ANSWER = "objection-answer"  # who gave it confirms or corrects it
    NOTICE = "notice"  # a person suppressed, edited, sent again or settled one
    INCOMING = "incoming"  # a person decided about a mail that had come in
    DOCUMENT = "document"  # drafted, issued, signed or sent
    TITLE = "title"  # somebody is added to who is proposed for one, withdrawn or excluded, or that is taken back
    VOTE = "vote"  # a round of a vote on a title is recorded, or its record is dropped
    CHAIR = "chair"  # decided among equals
    CITY_ANSWER = "city-answer"
    CONFERENCE = "conference"  # an invitation answered, units reminded of it, a conference postponed, attendance recorded


class DocumentKind(StrEnum):
    """The documents that the leader unit drafts; each has a template of its name. What each is: bloc.documents.kinds."""

    PLAN = "plan"
    COVENANT_INVITATION = "covenant-invitation"
    COVENANT = "covenant"
    REPORT_REQUEST = "report-request"
    URGING = "urging"
    MIDYEAR_REPORT = "midyear-report"
    YEAR_END_PLAN = "year-end-plan"
    EXCHANGE_PLAN = "exchange-plan"
    STUDY_PLAN = "study-plan"
    MINUTES = "minutes"
    YEAR_END_REPORT = "year-end-report"
    RESULT_ANNEX = "result-annex"
    STATISTICS = "statistics"
    BALLOT = "ballot"
    COUNT_SHEET = "count-sheet"
    COUNT_MINUTES = "count-minutes"
    SUBMISSION = "submission"
    ACHIEVEMENTS = "achievements"


class DocumentState(StrEnum):
    """Where a document stands: draft -> issued, under the number that the clerk gave it."""

    DRAFT = "draft"
    ISSUED = "issued"


class NoticeState(StrEnum):
    """The life of a notice: queued -> sending -> one of the others; where each may go is in notifications.ledger.MOVES."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Decision(StrEnum):
    """What a person decided about a notice; the audit trail says so."""

    SUPPRESSED = "suppressed"
    EDITED = "edited"  # with words of the person's own
    RESTORED = "restored"  # either taken back
    RESENT = "resent"
    SETTLED = "settled"
    REMINDED = "reminded"  # by hand, beside the ladder


class Settled(StrEnum):
    """What a person found out about a notice of which it was not known whether it had arrived."""

    ARRIVED = "arrived"
    LOST = "lost"


class Before(StrEnum):
    """What "trước ngày D" means."""

    DAY_BEFORE = "day-before"
    THROUGH_DAY = "through-day"


class DayOff(StrEnum):
    """What becomes of a last day that is no working day."""

    AS_WRITTEN = "as-written"
    WORKING_DAY_BEFORE = "working-day-before"
    WORKING_DAY_AFTER = "working-day-after"


class TieRule(StrEnum):
    """How equal scores are ranked."""

    SHARED = "shared"
    CROSS_MEAN = "cross-mean"
    BALLOT = "ballot"  # shared until the conference decides


class MissingSheet(StrEnum):
    """What happens if a unit sends no sheet."""

    WAIT = "wait"
    RECEIVED = "received"


class CrossScoresSeen(StrEnum):
    """Who sees the cross-scores after publication."""

    MEANS = "means"
    MATRIX = "matrix"
    NOBODY = "nobody"


class LeaderPasses(StrEnum):
    """To whom the leader's role goes in the next year."""

    ELECTION = "election"  # left to be filled in
    DEPUTY = "deputy"
    LIST = "list"  # the next in the plan's order
    STAYS = "stays"


class DeputyPasses(StrEnum):
    """To whom the deputy's role goes in the next year."""

    ELECTION = "election"
    LIST = "list"  # the next in the plan's order after the new leader or, where the deputy does not become it, after the deputy
    STAYS = "stays"


class TitlesBy(StrEnum):
    """How titles are decided."""

    RANK = "rank"
    OPEN_VOTE = "open-vote"
    SECRET_VOTE = "secret-vote"


class CountedOf(StrEnum):
    """Whom the pass mark of a vote is counted of."""

    MEMBERS = "members"
    PRESENT = "present"


class VoteTie(StrEnum):
    """What becomes of candidates with equal votes of whom not all have a place."""

    NEXT_ROUND = "next-round"
    SHARED = "shared"  # all of them have it
    BY_RANK = "by-rank"  # as the result ranks them; equal ranks stay undecided
    CHAIR = "chair"  # the chair decides, and the reason stands on record


class ByHand(StrEnum):
    """What the secretary decided about a unit and a title, beside what is computed."""

    ADDED = "added"  # it is proposed, whatever the conditions say
    WITHDRAWN = "withdrawn"  # it is not proposed; its place stays free
    EXCLUDED = "excluded"  # it does not meet the conditions: the next one moves up


class ResultState(StrEnum):
    """Whether a version of the ranking rests on every member's sheet."""

    PROVISIONAL = "provisional"
    FINAL = "final"


class AggregationState(StrEnum):
    """The claim that an aggregation is due, and what became of it."""

    DUE = "due"
    DONE = "done"
    STALE = "stale"  # newer sheets were claimed before this one was worked on


class WakeupKind(StrEnum):
    """The events that start a flow; an event goes out when its row flips from idle to pending."""

    AGGREGATION = "aggregation"
    DELIVERY = "delivery"


class Job(StrEnum):
    """The jobs whose last run is noted, so that one which does not run any more is noticed."""

    SWEEP = "sweep"


class Trigger(StrEnum):
    """What a person may have Prefect do now, beside its schedules."""

    REMIND = "remind"
    DELIVER = "deliver"
    AGGREGATE = "aggregate"
    SWEEP = "sweep"
    DOCUMENTS = "documents"


class RunState(StrEnum):
    """How a run of a flow stands: Prefect's types of states, and LATE, which is a name of its SCHEDULED."""

    SCHEDULED = "SCHEDULED"
    LATE = "LATE"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CRASHED = "CRASHED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    PAUSED = "PAUSED"


class IncomingState(StrEnum):
    """What became of a mail that came in. Every one is kept."""

    DEPOSITED = "deposited"  # its files were handed in; each was answered with a receipt or with its faults
    BOUNCE = "bounce"  # the post reports that a mail of ours did not arrive
    HELD = "held"  # whose it is, or for what, is in doubt: a person decides
    SET_ASIDE = "set-aside"  # there is nothing in it for us, or a person has decided so


class WakeupState(StrEnum):
    """Whether an event is owed no more than once."""

    IDLE = "idle"
    PENDING = "pending"


class Answer(StrEnum):
    """What the secretary said to a unit that asked for a later deadline."""

    GRANTED = "granted"
    REFUSED = "refused"


class ObjectionAnswer(StrEnum):
    """What whoever gave a cross-score said to a unit that contests it."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"


class ObjectionState(StrEnum):
    """Where an objection stands; that nobody answered in time is read from the dates."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    NOT_ANSWERED = "not-answered"


class Quarter(IntEnum):
    """A quarter of the year (quý)."""

    I = 1  # noqa: E741 - the Roman numeral that every plan writes
    II = 2
    III = 3
    IV = 4
