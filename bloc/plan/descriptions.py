"""What each key of a plan file means, in a sentence: shown by editors, and written as comments into a new plan."""

from collections.abc import Mapping

from bloc.language import Message, say

# Keys: the fields of the models in bloc.plan.schema, and the file as a whole; tests/plan/test_json_schema.py compares them.
DESCRIPTIONS: Mapping[str, Message] = {
    "Plan": say("One bloc's plan for one year. `bloc plan check FILE` says every fault by its line."),
    "Plan.bloc": say("The bloc, as its letterhead names it."),
    "Plan.year": say("The emulation year."),
    "Plan.document": say("The issued plan that this file holds: number, date, title, signature, texts."),
    "Plan.legal_bases": say("What the plan rests on: laws, decrees, decisions, each with its number and dates of validity."),
    "Plan.units": say("The members: at least two, exactly one leader, at most one deputy."),
    "Plan.rotation": say("How the roles pass on to the next year, for `bloc plan next`."),
    "Plan.contacts": say("Who gets mail: offices, not people."),
    "Plan.policies": say("What the governing text leaves open, each with its default."),
    "Plan.objections": say(
        "The objection window, where cross-scores are published as a matrix: a unit contests what it was given, and whoever"
        " gave it confirms or corrects it. Without it there is none."
    ),
    "Plan.calendar": say("Days that the public calendar does not know yet, or that this bloc does not keep."),
    "Plan.reminders": say("When those who are not done are reminded, before the deadline and after it."),
    "Plan.covenant": say("The emulation covenant that the units sign."),
    "Plan.criteria": say("The criteria and their points, from which the score sheets are made."),
    "Plan.activities": say("What is to be done, by whom, by when. Without a deadline an activity reminds nobody."),
    "Plan.titles": say("The titles and forms of commendation that the year-end conference considers, in their order."),
    "Plan.vote": say("How is voted on titles, where a vote decides and the title has no rule of its own."),
    "Plan.recipients": say("The list of recipients at the plan's end: a line, or name and e-mail address."),
    "Bloc.code": say("The bloc's short name in commands: small letters without accents, digits, hyphens."),
    "Bloc.name": say("The bloc's full name."),
    "Bloc.council": say("The council of emulation and commendation that the bloc belongs to."),
    "Bloc.place": say("The place that stands before the date of its documents."),
    "Document.number": say("Number and symbol of the plan."),
    "Document.date": say("The day on which the plan is issued: year-month-day."),
    "Document.title": say("The subject of the plan."),
    "Document.capacity": say("In what capacity it is signed, in capitals: the head of the bloc."),
    "Document.authority": say("Under what authority it is signed, such as for the head of the agency."),
    "Document.position": say("The position of who signs."),
    "Document.signer": say("The name of who signs."),
    "Document.theme": say("The theme of the year."),
    "Document.purpose": say("The purpose of the plan."),
    "Document.requirements": say("The requirements of the plan."),
    "Document.assessment": say("What the plan says of the score. A text only: the score itself is computed by rule."),
    "LegalBasis.name": say("Its name, as the plan cites it."),
    "LegalBasis.number": say("Its number and symbol."),
    "LegalBasis.date": say("The day on which it was issued: year-month-day."),
    "LegalBasis.since": say("The first day on which it holds."),
    "LegalBasis.until": say("The last day on which it holds."),
    "LegalBasis.replaced_by": say("What comes in its place, once that is known."),
    "Unit.code": say("The unit's short name in commands: small letters without accents, digits, hyphens."),
    "Unit.name": say("The unit's full name."),
    "Unit.role": say("leader: head of the bloc | deputy: deputy head of the bloc | member."),
    "Unit.until": say("The last day of its membership, where it ends: `bloc plan next` then leaves it out."),
    "Unit.succeeded_by": say(
        "What it becomes in the next year: a new name under the same code, or the unit that it merges into."
    ),
    "Successor.code": say("The code of the unit that it becomes."),
    "Successor.name": say("The name of the unit that it becomes."),
    "Rotation.leader": say(
        "To whom the leader's role goes. election: left to be filled in | deputy: to the deputy | list: to the next in the"
        " order of the units | stays."
    ),
    "Rotation.deputy": say(
        "To whom the deputy's role goes. election: left to be filled in | list: to the next in the order of the units | stays."
    ),
    "Contact.unit": say("The code of the unit."),
    "Contact.role": say(
        "contact: gets every mail of the unit | deputy_contact: gets the reminders that name it | head: the head of the unit,"
        " for overdue notices | secretary: runs the bloc's year, at the leader's unit."
    ),
    "Contact.name": say("The office, not a person's name."),
    "Contact.email": say("The e-mail address."),
    "Contact.language": say("The language of the mails: vi or en."),
    "Contact.since": say("The first day in the office: year-month-day. Without one: from the beginning of the year."),
    "Contact.until": say("The last day in the office: year-month-day. Without one: to the end."),
    "Recipient.name": say("Who gets it, as the list says."),
    "Recipient.email": say("The e-mail address that it is sent to. Without one the clerk's office sends it."),
    "Policies.rounding": say("To how many decimals a score is shown, and how. Ranks always rest on exact scores."),
    "Policies.ties": say(
        "Equal scores. shared: one rank, shown as a tie | cross-mean: the higher mean of cross-scores first |"
        " ballot: shared until the conference decides."
    ),
    "Policies.missing_sheet": say(
        "A unit sends no score sheet. wait: no final result until it comes | received: once the deadline has passed the"
        " secretary may close with the sheets received, marked provisional."
    ),
    "Policies.cross_scores_seen": say(
        "What units see of the cross-scores once the result is published. means: the means only | matrix: all of them | nobody."
    ),
    "Policies.before": say(
        'What "trước ngày D" means. day-before: in time through the day before D | through-day: through D itself.'
    ),
    "Policies.day_off": say(
        "A last day that is no working day. as-written: it stays | working-day-before: the working day before it |"
        " working-day-after: the working day after it."
    ),
    "Policies.titles_by": say(
        "How titles and commendations are decided. rank: proposed by rank | open-vote: an open vote at the conference |"
        " secret-vote: a secret ballot at the conference."
    ),
    "Rounding.decimals": say("Decimals of the score shown: 0 to 4."),
    "Rounding.mode": say("half-up: halves are rounded up."),
    "Objections.days": say("How many working days it lasts, from the day after the result's publication on."),
    "Calendar.days_off": say("Further days off: year-month-day."),
    "Calendar.working_days": say("Further working days, such as make-up Saturdays: year-month-day."),
    "Reminders.at": say('The time of day at which reminders go out, "07:30" at the latest.'),
    "Reminders.ladder": say(
        "The steps: so many working days before the last day in time, or after it, and to whom. Who is done gets none."
    ),
    "LadderStep.before": say("So many working days before the last day in time; 0 is that day."),
    "LadderStep.after": say("So many working days after the last day in time."),
    "LadderStep.to": say("To whom: contact, deputy_contact, head, secretary."),
    "LadderStep.tone": say(
        "How it speaks. courteous | urgent | firm. By default firm after the last day, urgent on it and the working day before."
    ),
    "Covenant.clauses": say("The clauses; once the covenant is signed a change needs a reason."),
    "Criteria.example": say("true: this list is an example, the bloc has yet to put its own in its place."),
    "Criteria.version": say("Which version of the criteria this is, in the bloc's own words."),
    "Criteria.step": say("Points are given in steps of this, such as 0.25; at most three decimals."),
    "Criteria.groups": say("The groups of criteria."),
    "Group.code": say('The group\'s number, such as "I".'),
    "Group.title": say("What the group is about."),
    "Group.criteria": say("The criteria of the group."),
    "Criterion.code": say('The criterion\'s number, such as "I.1".'),
    "Criterion.title": say("What is assessed."),
    "Criterion.min": say("The least points, at most three decimals; below 0 for points taken away."),
    "Criterion.max": say("The most points, at most three decimals."),
    "Criterion.punctuality": say(
        "true, or codes of activities: the criterion is about sending in time. Each unit's record is shown beside the cell to"
        " those who score, and nothing is filled in. true: all reports and the score sheets."
    ),
    "Activity.code": say("The activity's short name in commands: small letters without accents, digits, hyphens."),
    "Activity.title": say("The activity, in the plan's words."),
    "Activity.short": say("What lists and the subjects of mails call it."),
    "Activity.kind": say(
        "consultation: units agree or comment | signature: units sign | report: a .docx or .pdf is sent | score-sheets: the"
        " score workbook is sent | duty: reported as done | conference: reported as held."
    ),
    "Activity.draft": say(
        "Of what a consultation circulates the draft. covenant (the default) | criteria: the criteria and their points | both."
    ),
    "Activity.quarter": say("The quarter: 1 to 4."),
    "Activity.stage": say("The part of the year, where no quarter says it: signing, midyear, year-end."),
    "Activity.actors": say(
        "Who acts: all | leader | deputy | members: all but the leader | or a list of units' codes."
    ),
    "Activity.opens": say("The day on which it opens: year-month-day. By default the first working day of its quarter."),
    "Activity.deadline": say(
        'The deadline: its words, and its date as "before" (trước ngày) or "by" (đến hết ngày), one of both. Without a deadline'
        " the activity is to be dated and reminds nobody."
    ),
    "Activity.ladder": say("A reminder ladder of its own, in place of the plan's."),
    "Activity.conference": say("Of a conference: when, where and with whom it is held; what is left out is open."),
    "Conference.date": say("The day on which it is held: year-month-day. Without it nobody is invited yet."),
    "Conference.start": say("The time of day at which it begins."),
    "Conference.place": say("The place at which it is held."),
    "Conference.link": say("The address at which one takes part from afar; it begins with https://."),
    "Conference.agenda": say("What is on the agenda, a line each."),
    "Conference.convener": say("Code of the unit that convenes it; by default the leader of the bloc."),
    "Conference.units": say("Codes of the units that are asked to come; by default all."),
    "Conference.quorum": say("The share of the units asked that must be there, as a fraction."),
    "Activity.source": say("The section of the governing text that it comes from."),
    "Activity.note": say("A note."),
    "Title.code": say("The title's short name in commands: small letters without accents, digits, hyphens."),
    "Title.name": say("The title or form of commendation, as the law names it."),
    "Title.number": say("How many units can have it; left out: all that meet its conditions."),
    "Title.conditions": say("What it asks of a unit; what is left out is not asked."),
    "Title.decided_by": say("How it is decided, where the policy does not hold: rank | open-vote | secret-vote."),
    "Title.vote": say("How is voted on it, where the plan's rule does not hold."),
    "Conditions.least_score": say("The least score, in points."),
    "Conditions.sheet_sent": say("true: the unit has sent its score sheet."),
    "Conditions.reports_sent": say("true: the unit has sent its reports."),
    "Conditions.most_days_late": say(
        "How many days late anything that the unit sent may have come; 0: all in time. An extended deadline counts as given."
    ),
    "Conditions.top_only": say("true: only a unit of the first rank."),
    "Conditions.not_with": say(
        "Codes of titles before this one: whoever is to have one of them is not proposed for this one too."
    ),
    "Vote.quorum": say('The share of the members that must be present, such as "2/3".'),
    "Vote.pass_mark": say('What a candidate needs, such as "more than 1/2" or "at least 2/3".'),
    "Vote.counted_of": say("Whom the pass mark is counted of. members: all members | present: those present."),
    "Vote.tie": say(
        "Equal votes of whom not all have a place. next-round: a further round among them | shared: all have it | by-rank: the"
        " better ranked | chair: the chair decides, with a reason."
    ),
    "Vote.rounds": say("How often is voted at most: 1 to 5."),
    "Vote.on_itself": say("Whether a unit may vote for itself."),
    "Deadline.phrase": say("The deadline in the plan's words, as mails quote it."),
    "Deadline.before": say(
        'trước ngày: the date as written, year-month-day; the policy "before" says whether that day is still in time.'
    ),
    "Deadline.by": say("đến hết ngày: the last day in time, year-month-day."),
}  # fmt: skip
