"""Charts: sharp, small, the same bytes for the same figure, and safe whatever the names are."""

from __future__ import annotations

import base64
import re
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

from evenhand.model import Figure
from evenhand.report import charts
from evenhand.report.history import history_figure, step_limits
from evenhand.solution import Moment, RunRecord, Solution

NASTY = '<script>alert("x")</script> $5 & $6 \\frac{'


def bars(axes: Any) -> None:
    axes.bar([NASTY, "b"], [1, 2], label=NASTY)
    axes.set_title(NASTY)
    axes.legend()


def scatter(n: int) -> Any:
    generator = np.random.default_rng(1)
    x, y = generator.random(n), generator.random(n)
    return lambda axes: axes.scatter(x, y)


def test_names_are_texts_of_the_chart_and_nothing_else() -> None:
    svg = charts.draw_svg(Figure(NASTY, bars, NASTY), "a")
    assert "<script" not in svg
    texts = ["".join(element.itertext()) for element in ElementTree.fromstring(svg).iter()
             if element.tag.endswith("}text")]
    assert texts.count(NASTY) == 3, "a name was taken for a formula or lost"
    assert ElementTree.fromstring(svg).get("aria-label") == f"Chart: {NASTY}. {NASTY}"


def test_an_inline_chart_carries_no_style_no_links_and_its_own_ids() -> None:
    first, second = (charts.draw_svg(Figure("t", bars), name) for name in ("one", "two"))
    for svg in (first, second):
        assert " style=" not in svg and "<style" not in svg and "<metadata" not in svg
        assert not re.search(r'(?:href|src)="(?!#|data:image/png)', svg)
    ids = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (first, second)]
    assert ids[0] and not ids[0] & ids[1]
    for svg, known in zip((first, second), ids, strict=True):
        used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
        assert used and used <= known


def test_the_same_figure_gives_the_same_bytes_whatever_the_users_settings() -> None:
    figure = Figure("t", lambda axes: (bars(axes), scatter(50)(axes)))
    svg, png = charts.draw_svg(figure, "a"), charts.draw_png(figure, "a")
    with mpl.rc_context({"font.size": 30, "axes.grid": False, "svg.fonttype": "path", "lines.linewidth": 9}):
        assert charts.draw_svg(figure, "a") == svg
        assert charts.draw_png(figure, "a") == png
        assert mpl.rcParams["font.size"] == 30, "the user's settings were changed"


def test_many_marks_become_pixels_inside_the_chart() -> None:
    few, many = (charts.draw_svg(Figure("t", scatter(n)), "a") for n in (200, 50_000))
    assert "<image" not in few and few.count("<use") > 200
    assert "<image" in many and 'href="data:image/png;base64,' in many
    assert len(many) < 700_000
    assert "<text" in many, "the axes are still sharp"


def test_a_png_is_an_image_inside_the_page() -> None:
    text = charts.draw_png(Figure(NASTY, bars), "a")
    source = re.fullmatch(r'<img class="chart" id="a" alt="([^"<>]*)" src="data:image/png;base64,([^"]+)">', text)
    assert source is not None
    assert base64.b64decode(source[2]).startswith(b"\x89PNG")


def test_panels_get_an_array_of_axes() -> None:
    seen: list[Any] = []
    charts.draw_svg(Figure("t", seen.append, panels=3), "a")
    assert np.shape(seen[0]) == (3,)


def test_logarithmic_axes_are_in_plain_numbers() -> None:
    def draw(axes: Any) -> None:
        axes.loglog([1, 10, 1e6], [1, 1e3, 1e7])

    svg = charts.draw_svg(Figure("t", draw), "a")
    assert "mathdefault" not in svg
    assert ">1M<" in svg and ">1,000<" in svg


@pytest.mark.parametrize(("set_axis", "values", "expected"), [
    (charts.usd_axis, (0, 1500, 2_500_000, -3e9), ("$0", "$1,500", "$2.5M", "\u2212$3B")),
    (charts.count_axis, (0, 1500, 2e6), ("0", "1,500", "2M")),
    (charts.share_axis, (0.0, 0.5), ("0%", "50%")),
])
def test_axes_speak_their_unit(set_axis: Any, values: tuple[float, ...], expected: tuple[str, ...]) -> None:
    from matplotlib.figure import Figure as Canvas

    axes = Canvas().subplots()
    axes.set_xlim(0, 1)
    set_axis(axes.xaxis)
    made = axes.xaxis.get_major_formatter()
    assert tuple(made(value, 0).replace(".0%", "%") for value in values) == expected


def test_colours_and_markers_tell_sixty_four_groups_apart() -> None:
    assert charts.colours(3) == [charts.BLUE, charts.VERMILLION, charts.GREEN]
    assert len(set(zip(charts.colours(64), charts.markers(64), strict=True))) == 64


def run(moments: list[Moment]) -> Any:
    record = RunRecord(name="auto", used="x", seconds=9.0, seed=0, gap=0.0, time_limit=None, history=tuple(moments))
    return Solution(problem=None, status="feasible", run=record)  # type: ignore[arg-type]


def test_the_history_needs_two_moments() -> None:
    assert history_figure(run([]), "USD") is None
    assert history_figure(run([Moment(0.0, 1.0, 2.0)]), "USD") is None
    assert history_figure(run([Moment(0.0, None, None), Moment(1.0, None, None)]), "USD") is None


def test_the_history_shows_where_the_run_ended() -> None:
    moments = [Moment(0.0, None, 1e9), Moment(1.0, 100.0, 120.0), Moment(2.0, 105.0, 110.0), Moment(3.0, 107.0, 108.0)]
    figure = history_figure(run(moments), "USD")
    assert figure is not None and "outside the picture" in figure.caption
    svg = charts.draw_svg(figure, "a")
    assert "best bound" in svg and "best value found" in svg and "$1B" not in svg


def test_limits_are_left_alone_when_everything_fits() -> None:
    assert step_limits([1.0, 2.0, 1.5, 1.7]) is None
    assert step_limits([5.0, 5.0]) is None
    low, high = step_limits([1e9, 10.0, 11.0, 12.0]) or (0, 0)
    assert low < 11.0 and 12.0 < high < 100
