"""For Prometheus: the installation in figures, in its text format."""

from datetime import timedelta

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from bloc.actions.figures import Figures, figures
from bloc.portal.access import Here

router = APIRouter()


@router.get("/metrics")
def metrics(visit: Here) -> Response:
    """Give the figures of this moment."""
    with visit.read() as session:
        found = figures(session, visit.moment)
    return Response(generate_latest(_told(found)), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _told(found: Figures) -> CollectorRegistry:
    registry = CollectorRegistry()
    notices = Gauge("bloc_notices", "Mails of live years, by state.", ["state"], registry=registry)
    for state, count in found.notices.items():
        notices.labels(state.value).set(count)
    for name, text, value in (
        ("bloc_oldest_due_notice_seconds", "How long the oldest mail should have gone out; 0: none waits.", found.oldest_due),
        ("bloc_live_years", "Years that are not replayed.", found.live_years),
        ("bloc_obligations_late", "Obligations that are owed after their deadline.", found.late),
        ("bloc_sessions", "Browsers that are signed in.", found.sessions),
        ("bloc_sign_ins_last_day", "Browsers that were signed in within the last day.", found.sign_ins),
    ):
        Gauge(name, text, registry=registry).set(_number(value))
    if found.sweep is not None:  # without one there is no age: an alert on absence finds that
        Gauge("bloc_last_sweep_seconds", "How long ago the sweep ran last.", registry=registry).set(_number(found.sweep))
    return registry


def _number(value: timedelta | int | None) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value or 0)
