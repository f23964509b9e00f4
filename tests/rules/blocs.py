"""Blocs drawn at random, for the rules that rank them."""

from hypothesis import strategies as st

from bloc.enums import TieRule

RULES = st.sampled_from(TieRule)


@st.composite
def blocs(draw):
    """Return members, the scorers among them, and all totals; few different totals, so that ties are common."""
    members = [f"u{n}" for n in range(draw(st.integers(2, 8)))]
    scorers = draw(st.lists(st.sampled_from(members), unique=True, min_size=1))
    totals = {(scorer, unit): draw(st.integers(0, 6)) * 250 for scorer in scorers for unit in members}
    return members, scorers, totals


@st.composite
def blocs_in_two_orders(draw):
    """Return a bloc and the same with its scorers and its totals in another order."""
    members, scorers, totals = draw(blocs())
    return (members, scorers, totals), (
        members,
        draw(st.permutations(scorers)),
        dict(draw(st.permutations(list(totals.items())))),
    )
