"""For the city's board of emulation, which looks on: all blocs of a year, and of each what it has published."""

from collections.abc import Sequence

from fastapi import APIRouter, Response

from bloc import queries
from bloc.actions import city_view
from bloc.actions.city_view import BlocYear
from bloc.actions.titles import public_titles
from bloc.portal.access import Here
from bloc.portal.door import nothing_here
from bloc.portal.pages import page, to
from bloc.portal.words import city_result

router = APIRouter()


@router.get("/city")
def newest(visit: Here) -> Response:
    """Lead to the newest year."""
    with visit.read() as session:
        years = city_view.years(session, replays=visit.portal.demo)
    return (
        to(f"/city/{years[0]}") if years else page(visit, "city", year=None, years=[], blocs=[], facts=[], result=city_result)
    )


@router.get("/city/{year}")
def blocs(visit: Here, year: str) -> Response:
    """Show how all blocs of a year stand."""
    with visit.read() as session:
        years = city_view.years(session, replays=visit.portal.demo)
        if year not in map(str, years):
            raise nothing_here()
        found = city_view.city_view(session, int(year), visit.moment, replays=visit.portal.demo)
    return page(visit, "city", year=int(year), years=years, blocs=found, facts=_facts(found), result=city_result)


def _facts(found: Sequence[BlocYear]) -> tuple[int, int, int, int]:
    """Return how many blocs there are, how many are late, have nothing left to do, and have published a result."""
    late, complete = sum(bloc.late > 0 for bloc in found), sum(bloc.complete for bloc in found)
    return len(found), late, complete, sum(bloc.published_at is not None for bloc in found)


@router.get("/city/{year}/blocs/{bloc}")
def published(visit: Here, year: str, bloc: str) -> Response:
    """Show the ranking that a bloc has published."""
    with visit.read() as session:
        known = year in map(str, city_view.years(session, replays=visit.portal.demo))
        found = city_view.published(session, int(year), bloc, replays=visit.portal.demo) if known else None
        cycle = found.cycle if found else None
        titles = public_titles(session, cycle, queries.now_of(cycle, visit.moment)) if cycle else []
    if found is None:
        raise nothing_here()
    return page(visit, "city-result", year=year, found=found, titles=titles)
