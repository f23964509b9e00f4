"""`bloc plan new`: a few questions, and a plan file that passes its check."""

import shlex
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from bloc import clock
from bloc.cli.asking import Questions, of_kind, of_option, or_nothing, prepare_input, read_day
from bloc.cli.door import write_bytes
from bloc.enums import ContactRole, MemberRole
from bloc.errors import NotAllowed
from bloc.language import say, short_day, week_day
from bloc.plan.drafting import Answers, draft_plan, proposed_code
from bloc.plan.fields import Address, Code, Line, Year
from bloc.plan.schema import MOST_UNITS, Bloc, Contact, Unit
from bloc.rules.calendar import WorkCalendar

NEXT_YEAR_FROM = 10  # month
LONGEST_NAME = 200  # characters: it stands in longer lines
LINE, ADDRESS, CODE = of_kind(Line), of_kind(Address), of_kind(Code)
NOBODY = "0"

Several = list[str] | None
One = str | None


def new(
    bloc: Annotated[One, typer.Option(help="The bloc's full name.")] = None,
    code: Annotated[One, typer.Option(help="The bloc's short name in commands.")] = None,
    council: Annotated[One, typer.Option(help="The council that the bloc belongs to.")] = None,
    place: Annotated[One, typer.Option(help="The place that its documents are dated from.")] = None,
    year: Annotated[One, typer.Option(help="The emulation year.")] = None,
    unit: Annotated[Several, typer.Option(help='A member unit, "NAME" or "CODE = NAME"; once for each.')] = None,
    leader: Annotated[One, typer.Option(help="Number or code of the unit that leads.")] = None,
    deputy: Annotated[One, typer.Option(help="Number or code of the deputy; 0 for none.")] = None,
    secretary: Annotated[One, typer.Option(help="The secretary's office.")] = None,
    secretary_email: Annotated[One, typer.Option(help="The secretary's address.")] = None,
    contact: Annotated[Several, typer.Option(help='A unit\'s address, "CODE = ADDRESS"; once for each.')] = None,
    midyear: Annotated[One, typer.Option(help="Last day of the mid-year reports; empty: to be dated.")] = None,
    year_end: Annotated[One, typer.Option(help="Last day of year-end reports and score sheets; empty: to be dated.")] = None,
    out: Annotated[One, typer.Option(help="The file to write.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    defaults: Annotated[bool, typer.Option("--defaults", help="Ask nothing that has a default.")] = False,
) -> None:
    """Ask a few questions and write a plan file to go on from; what is given as an option is not asked."""
    options = {
        "bloc": bloc, "code": code, "council": council, "place": place, "year": year, "unit": unit, "leader": leader,
        "deputy": deputy, "secretary": secretary, "secretary-email": secretary_email, "contact": contact, "midyear": midyear,
        "year-end": year_end, "out": out,
    }  # fmt: skip
    prepare_input()
    questions, today = Questions(options, defaults), clock.local_day(clock.now())
    try:
        answers = _answers(questions, today)
        text = draft_plan(answers, today)
        proposed = f"{answers.bloc.code}-{answers.year}.yaml"
        file = questions.ask("out", say("The file to write"), lambda typed: _write(Path(typed), text, force), proposed)
    except EOFError as error:
        raise NotAllowed(say("The answers ended too early; nothing is written.")) from error
    except KeyboardInterrupt:
        typer.echo(err=True)  # off the line of the question
        typer.echo(say("Broken off; nothing is written."), err=True)
        raise
    _say_what_is_next(file)


def _answers(questions: Questions, today: date) -> Answers:
    bloc = _bloc(questions)
    year = questions.ask("year", say("The emulation year"), of_kind(Year), str(likely_year(today)))
    units = _units(questions)
    return Answers(
        bloc, year, units, _secretary(questions, units), _contacts(questions, units),
        *_deadlines(questions, year),
    )  # fmt: skip


def likely_year(today: date) -> int:
    """Return the year that a plan made on ``today`` is for: the present one, or late in it the coming one."""
    return today.year + (today.month >= NEXT_YEAR_FROM)


def _bloc(questions: Questions) -> Bloc:
    name = questions.ask("bloc", say('The bloc\'s full name (such as "Khối thi đua các cơ quan Văn hóa - Xã hội")'), _name)
    proposed = proposed_code(name)
    code = questions.ask(
        "code", say("Its short name in commands (small letters without accents, digits, hyphens)"), CODE, proposed
    )
    council = say('The council that it belongs to (such as "Hội đồng Thi đua - Khen thưởng tỉnh ...")')
    place = say("The place that its documents are dated from (the province or city)")
    return Bloc(
        code=code, name=name, council=questions.ask("council", council, _name), place=questions.ask("place", place, _name)
    )


def _name(typed: str) -> str:
    if len(typed) > LONGEST_NAME:
        why = say("is longer than {most} characters", most=LONGEST_NAME)
        raise NotAllowed(say('"{typed}" {why}.', typed=f"{typed[:40]}...", why=why))
    return str(LINE(typed))


def _units(questions: Questions) -> tuple[Unit, ...]:
    asked = say(
        "The member units, one a line; an empty line ends the list. A code for commands is made from the name; to choose it"
        ' yourself, write it before the name, such as "snv = Sở Nội vụ".'
    )
    units = questions.ask_several("unit", asked, _unit, least=2)
    for number, unit in enumerate(units, 1):
        typer.echo(f"  {number}. {unit.code} = {unit.name}")
    leader = questions.ask(
        "leader", say("Which unit leads (Trưởng khối)? Its number or code"), lambda typed: _one_of(units, typed), "1"
    )

    def deputy_of(typed: str) -> Unit | None:
        found = None if typed == NOBODY else _one_of(units, typed)
        if found == leader:
            raise NotAllowed(say("That unit leads; please choose another, or 0 for none."))
        return found

    deputy = questions.ask(
        "deputy", say("Which unit is the deputy (Phó Trưởng khối)? Its number or code; 0: none"), deputy_of, NOBODY
    )
    roles = {leader: MemberRole.LEADER, deputy: MemberRole.DEPUTY}
    return tuple(unit.model_copy(update={"role": roles.get(unit, MemberRole.MEMBER)}) for unit in units)


def _unit(typed: str, others: Sequence[Unit]) -> Unit:
    if len(others) >= MOST_UNITS:
        raise NotAllowed(say("A bloc has at most {most} units.", most=MOST_UNITS))
    code, name = _pair(typed)
    name, taken = _name(name), {other.code for other in others}
    if name.casefold() in {other.name.casefold() for other in others}:
        raise NotAllowed(say('"{value}" stands here a second time.', value=name))
    if code in taken:
        raise NotAllowed(say('"{value}" stands here a second time.', value=code))
    return Unit(code=CODE(code) if code else proposed_code(name, taken), name=name)


def _pair(typed: str) -> tuple[str, str]:
    """Return what stands before the first "=", and what stands behind it; all of it, where there is none."""
    before, sign, behind = typed.partition("=")
    return (before.strip(), behind.strip()) if sign else ("", typed)


def _one_of(units: Sequence[Unit], typed: str) -> Unit:
    for number, unit in enumerate(units, 1):
        if typed in (str(number), unit.code, unit.name):
            return unit
    raise NotAllowed(
        say('There is no unit "{code}" in this bloc; it has: {known}', code=typed, known=", ".join(unit.code for unit in units))
    )


def _secretary(questions: Questions, units: Sequence[Unit]) -> Contact:
    leader = next(unit for unit in units if unit.role is MemberRole.LEADER)
    office = say("The office of the person who runs the bloc's year, at {leader}", leader=leader.name)
    name = questions.ask("secretary", office, LINE, "Chuyên viên giúp việc Trưởng khối")
    email = questions.ask("secretary-email", say("That person's e-mail address (such as giup-viec@example.vn)"), ADDRESS)
    return Contact(unit=leader.code, role=ContactRole.SECRETARY, name=name, email=email)


def _contacts(questions: Questions, units: Sequence[Unit]) -> dict[str, str]:
    """Return the address of each unit that has one yet."""
    given = dict(
        of_option("contact", lambda typed: _contact(units, typed), each) for each in questions.options["contact"] or ()
    )
    if not given and not questions.take_defaults:
        for unit in units:
            asked = say("The e-mail address for {unit} (empty: not known yet)", unit=unit.name)
            given[unit.code] = questions.ask("", asked, or_nothing(ADDRESS))
    return {code: address for code, address in given.items() if address}


def _contact(units: Sequence[Unit], typed: str) -> tuple[str, str | None]:
    code, address = _pair(typed)
    return _one_of(units, code).code, or_nothing(ADDRESS)(address)


def _deadlines(questions: Questions, year: int) -> tuple[date | None, date | None]:
    midyear = questions.ask(
        "midyear",
        say("The last day of the mid-year reports, such as {day} (empty: to be dated)", day=_example(date(year, 6, 6))),
        or_nothing(lambda typed: _day_in(typed, date(year, 1, 1), date(year, 12, 31))),
        "",
    )
    example = _example(date(year, 12, 5))
    year_end = questions.ask(
        "year-end",
        say("The last day of the year-end reports and score sheets, such as {day} (empty: to be dated)", day=example),
        or_nothing(lambda typed: _day_in(typed, midyear or date(year, 1, 1), date(year + 1, 12, 31))),
        "",
    )
    return midyear, year_end


def _example(day: date) -> str:
    return short_day(WorkCalendar.of().nearest(day, -1))


def _day_in(typed: str, first: date, last: date) -> date:
    """Return the day typed; one that is no working day is taken, and said."""
    day = read_day(typed)
    if not first <= day <= last:
        raise NotAllowed(say("The day must lie between {first} and {last}.", first=short_day(first), last=short_day(last)))
    if not WorkCalendar.of().is_working_day(day):
        typer.echo(say("  {day} is no working day; the policy day_off in the file says what follows.", day=week_day(day)))
    return day


def _write(file: Path, text: str, force: bool) -> Path:
    if file.exists() and not force:
        raise NotAllowed(say("{path} exists already; give another name, or --force to replace it.", path=str(file)))
    write_bytes(file, text.encode())
    return file


def _say_what_is_next(file: Path) -> None:
    path = shlex.quote(str(file))
    typer.echo(say("Written: {path}", path=str(file)))
    typer.echo(say("What comes next:"))
    typer.echo(
        say('  1. Open the file; fill in what is marked "CẦN ĐIỀN", above all your own criteria in place of the example.')
    )
    typer.echo(say("  2. bloc plan check {path}    names every fault by its line.", path=path))
    typer.echo(say("  3. bloc plan apply {path}    begins the year.", path=path))
    typer.echo(say("  4. bloc up    runs the service; bloc status says how the year stands."))
