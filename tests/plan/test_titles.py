"""Titles in a plan: what is wrong with them, what is kept when a plan is written and rolled over, whom they are asked of."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from bloc.enums import CountedOf, TitlesBy, VoteTie
from bloc.errors import PlanRefused
from bloc.plan import read_plan
from bloc.plan.checks import plan_of
from bloc.plan.reading import read_source
from bloc.plan.rollover import draft_next
from bloc.plan.writing import text_of
from bloc.rules.titles import Conditions
from bloc.rules.voting import PassMark, VoteRule
from tests.factories import plan, plan_text

ROOT = Path(__file__).parents[2]
FLAG = {"code": "flag", "name": "Cờ thi đua năm 2030", "number": "1", "conditions": {"least_score": "90.5", "top_only": "true"}}
MERIT = {"code": "merit", "name": "Bằng khen", "conditions": {"not_with": ["flag"]}}
VOTE = {"quorum": "2/3", "pass_mark": "at least 2/3", "counted_of": "present", "tie": "chair", "rounds": "3", "on_itself": "no"}


def faults(*titles, **parts) -> list[str]:
    with pytest.raises(PlanRefused) as refused:
        plan_of(read_source("plan.yaml", plan_text(titles=list(titles), **parts).encode()))
    return [str(fault).partition(" ")[2] for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("titles", "said"),
    [
        ([MERIT, FLAG], 'titles[0].conditions.not_with[0]: no title "flag" stands before this one'),
        ([FLAG, {**FLAG, "name": "x"}], 'titles[1].code: "flag" stands here a second time'),
        ([FLAG, {**FLAG, "code": "x"}], 'titles[1].name: "Cờ thi đua năm 2030" stands here a second time'),
        ([{**FLAG, "vote": VOTE}], "titles[0].vote: nobody votes on it: it is decided by rank"),
        ([{**FLAG, "number": "0"}], "titles[0].number: is below 1"),
        ([{**FLAG, "conditions": {"least_score": "many"}}], "titles[0].conditions.least_score: is no number of points"),
        ([{**FLAG, "conditions": {"rank": "1"}}], "titles[0].conditions.rank: is no key that a plan has"),
        ([{**FLAG, "decided_by": "open-vote", "vote": {"quorum": "3/2"}}], 'titles[0].vote.quorum: is no share such as "2/3"'),
        (
            [{**FLAG, "decided_by": "open-vote", "vote": {"pass_mark": "1/2"}}],
            "titles[0].vote.pass_mark: is no pass mark such as",
        ),
    ],
    ids=["not before", "code twice", "name twice", "no vote", "no place", "no points", "no condition", "no share", "no mark"],
)
def test_what_is_wrong_with_a_title_is_named_at_its_place(titles, said):
    found = faults(*titles)

    assert [each for each in found if said.partition(":")[0] in each] != [], found
    assert len(found) == 1


def test_conditions_and_votes_are_what_the_rules_work_with():
    read = plan(titles=[FLAG, {**MERIT, "decided_by": "secret-vote"}], vote=VOTE)
    flag, merit = read.titles

    assert flag.conditions.as_rules() == Conditions(least_score=Fraction(181, 2), top_only=True)
    assert (read.decided_by(flag), read.decided_by(merit)) == (TitlesBy.RANK, TitlesBy.SECRET_VOTE)
    assert read.vote_on(merit).as_rules() == VoteRule(
        PassMark(Fraction(2, 3), strict=False), Fraction(2, 3), CountedOf.PRESENT, VoteTie.CHAIR, 3, on_itself=False
    )


def test_a_plan_without_titles_is_kept_as_it_was_before_there_were_any():
    plain = plan()

    kept = plain.model_dump(mode="json")
    assert {"titles", "vote"} & {*kept, *plain.agreed()} == set()
    assert {"titles", "vote"} <= set(plan(titles=[FLAG], vote=VOTE).agreed())


def test_titles_are_written_and_read_again_and_roll_over_with_their_year():
    titled = plan(titles=[FLAG, MERIT], vote=VOTE)

    again = plan_of(read_source("again.yaml", text_of(titled).encode()))
    draft = draft_next(titled, 2031)

    assert again == titled
    assert draft.plan is not None
    assert [title.name for title in draft.plan.titles] == ["Cờ thi đua năm 2031", "Bằng khen"]
    assert (draft.plan.titles[0].conditions, draft.plan.vote) == (titled.titles[0].conditions, titled.vote)


def test_the_shipped_plans_have_titles_each_decided_as_its_bloc_says():
    plans = {path.stem: read_plan(path) for path in sorted((ROOT / "plans").glob("*.yaml"))}

    assert {stem: sorted({read.decided_by(title).value for title in read.titles}) for stem, read in plans.items()} == {
        "dac-khu-quang-ninh-2028": ["rank", "secret-vote"], "hai-phong-2024": ["rank"], "lam-dong-2027": ["open-vote"],
    }  # fmt: skip


def test_the_example_of_the_page_on_titles_is_good():
    text = (ROOT / "docs" / "titles.md").read_text(encoding="utf-8")
    example = yaml.load(re.search(r"```yaml\n(.*?)```", text, re.DOTALL)[1], yaml.BaseLoader)

    read = plan(**example)

    assert (len(read.titles), read.vote) == (2, type(read.vote)())
