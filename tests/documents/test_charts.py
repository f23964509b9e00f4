"""What charts are made of; how they look is seen in their pictures."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from bloc.clock import end_of
from bloc.documents.charts import Chart, charts_of, draw
from bloc.documents.result_table import FormerYear, Timing
from bloc.language import told_in
from tests.documents.test_result_workbook import table_of_2024, table_without

DUE = date(2024, 12, 6)


def full_table():
    """Return a result with something to draw in each chart: one unit sent too late, one nothing, one is new this year."""
    table = table_of_2024()
    came = {unit: end_of(DUE) + timedelta(hours=5 * n - 20) for n, unit in enumerate(table.members) if unit != "dv7"}
    timings = tuple(Timing("Gửi bảng chấm điểm", unit, DUE, came.get(unit)) for unit in table.members)
    former = FormerYear(2023, {unit: (n, Fraction(95 - n)) for n, unit in enumerate(table.members, 1) if unit != "dv3"})
    return replace(table, timings=timings, former=(former,))


def test_what_there_is_nothing_to_draw_in_is_no_chart():
    assert (charts_of(table_of_2024()), charts_of(full_table())) == ([Chart.DOTS, Chart.PEERS, Chart.HEAT], list(Chart))


@pytest.mark.parametrize("kind", ["svg", "png"])
@pytest.mark.parametrize("chart", Chart)
def test_the_same_result_gives_the_same_bytes(chart, kind):
    from bloc.documents import charts

    first = draw(chart, full_table(), kind)
    charts._drawn.cache_clear()

    assert draw(chart, full_table(), kind) == first
    assert first.startswith(b"\x89PNG" if kind == "png" else b"<?xml")


def test_a_kept_chart_is_given_neither_for_another_result_nor_in_another_language():
    table = full_table()
    changed = replace(table, points={given: value - 250 for given, value in table.points.items()})

    drawn = [told_in(language, draw, Chart.HEAT, each) for language, each in (("vi", table), ("vi", changed), ("en", table))]

    assert len(set(drawn)) == 3


@pytest.mark.parametrize("chart", [Chart.DOTS, Chart.PEERS, Chart.HEAT])
def test_a_unit_without_a_sheet_is_drawn_all_the_same(chart):
    assert draw(chart, table_without("dv4")).startswith(b"<?xml")
