"""What the page of runs says: what can be started, and how the runs stand."""

from collections.abc import Mapping
from dataclasses import dataclass

from bloc.enums import RunState, Trigger
from bloc.language import Message, say
from bloc.portal.words import Look, Tag


@dataclass(frozen=True)
class Words:
    """What a trigger is called, what it does, what its button says, and what is said where Prefect was not there for it.

    ``done`` and ``nothing`` are the notes (bloc.portal.pages) for what was done without Prefect, and for nothing to do.
    """

    name: Message
    does: Message
    button: Message
    done: str
    nothing: str


TRIGGERS: Mapping[Trigger, Words] = {
    Trigger.REMIND: Words(
        say("Reminders"),
        say("Queues the reminders and the weekly digest that are owed by the plan, each once. A second run queues nothing."),
        say("Remind now"),
        "away-reminded",
        "away-reminded",
    ),
    Trigger.DELIVER: Words(
        say("Delivery"),
        say("Sends the mails that are queued, and tries again those that the mail server put off."),
        say("Deliver now"),
        "away-waits",
        "away-waits",
    ),
    Trigger.AGGREGATE: Words(
        say("Aggregation"),
        say("Makes a new version of the result if all score sheets are in and have not been aggregated yet."),
        say("Aggregate again"),
        "away-made",
        "away-nothing",
    ),
    Trigger.DOCUMENTS: Words(
        say("Documents"),
        say("Drafts the documents of the year anew; the same data make no new version."),
        say("Draft the documents"),
        "away-drafted",
        "documents-same",
    ),
    Trigger.SWEEP: Words(
        say("Sweep"),
        say("Does what was missed: scores to aggregate, mails to send. It runs by itself every 15 minutes."),
        say("Sweep now"),
        "away-made",
        "away-swept",
    ),
}
STATES: Mapping[RunState, Tag] = {
    RunState.SCHEDULED: Tag(Look.LATER, say("Waiting for its turn")),
    RunState.LATE: Tag(Look.SOON, say("Waiting longer than usual")),
    RunState.PENDING: Tag(Look.TODO, say("About to start")),
    RunState.RUNNING: Tag(Look.TODO, say("Running")),
    RunState.COMPLETED: Tag(Look.DONE, say("Finished")),
    RunState.FAILED: Tag(Look.LATE, say("Failed")),
    RunState.CRASHED: Tag(Look.LATE, say("Broken off")),
    RunState.CANCELLING: Tag(Look.QUIET, say("Being cancelled")),
    RunState.CANCELLED: Tag(Look.QUIET, say("Cancelled")),
    RunState.PAUSED: Tag(Look.QUIET, say("Paused")),
}
