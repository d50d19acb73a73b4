"""Maps of blocks: outlines read from text, borders of neighbourhoods, colours, what cannot be drawn."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import EvenhandError
from evenhand.model import Problem
from evenhand.report.charts import draw_svg
from evenhand_tiebreaker.report import maps
from evenhand_tiebreaker.report.maps import Place, block_map, borders, choice_classes, choice_map, place_of
from evenhand_tiebreaker.report.outlines import Outlines, outlines_of
from evenhand_tiebreaker.report.overlay import overlay_of
from tests.plugins.tiebreaker.domain_cases import WIDTH, blocks, made, tree

SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
HOLE = [[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [1.0, 1.0]]


def cell(number: int) -> str:
    x, y = number % WIDTH, number // WIDTH
    return f"POLYGON (({x} {y}, {x + 1} {y}, {x + 1} {y + 1}, {x} {y + 1}, {x} {y}))"


def problem_with(**columns: object) -> Problem:
    return made(tree(blocks(**columns), eligibility={"any": ["housing", "redline"]}, threshold="1/2"))


def read(text: str) -> Outlines | None:
    return outlines_of(problem_with(geometry_wkt=[text, *[""] * 11]).tables["blocks"])


# -- outlines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,1 2,2 2,1 1))",
    "SRID=4326;POLYGON Z ((0 0 9, 4 0 9, 4 4 9, 0 4 9, 0 0 9), (1 1 9, 1 2 9, 2 2 9, 1 1 9))",
    json.dumps({"type": "Polygon", "coordinates": [SQUARE, HOLE]}),
])
def test_a_polygon_with_a_hole_in_every_spelling(text: str) -> None:
    found = read(text)
    assert found is not None
    assert [ring.tolist() for ring in found.rings] == [SQUARE, HOLE]
    assert found.outer.tolist() == [True, False]
    assert found.of_ring.tolist() == [0, 0]


def test_parts_of_one_block() -> None:
    texts = ("MULTIPOLYGON (((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 1 2, 2 2, 1 1)), ((8 8, 9 8, 9 9, 8 8)))",
             json.dumps({"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [[[8, 8], [9, 8], [9, 9], [8, 8]]]]}))
    for text in texts:
        found = read(text)
        assert found is not None
        assert found.outer.tolist() == [True, False, True]
        assert found.of_ring.tolist() == [0, 0, 0]


@pytest.mark.parametrize("text", ["", "POLYGON EMPTY", "POINT (1 2)", "POLYGON ((0 0, 1 1))", "nothing",
                                  "POLYGON ((0 0, 1 nan, 2 2, 0 0))", '{"type": "Point", "coordinates": [1, 2]}', "{"])
def test_what_is_no_polygon_is_not_drawn(text: str) -> None:
    table = blocks(geometry_wkt=[text, *[cell(k) for k in range(1, 12)]])
    try:
        problem = made(tree(table))
    except EvenhandError as fault:  # the table itself may refuse the text: that is as good
        assert "geometry" in str(fault)
        return
    place = place_of(problem)
    assert place is not None
    assert place.located == 11
    assert "1 of 12 blocks are not drawn" in block_map(place, [], "Map").caption


# -- borders -------------------------------------------------------------------------------------------------------


def lattice(neighborhood: list[int]) -> Place:
    rings = []
    for number in range(len(neighborhood)):
        x, y = float(number % WIDTH), float(number // WIDTH)
        rings.append(np.array([[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]))
    size = len(rings)
    outlines = Outlines(tuple(rings), np.arange(size), np.ones(size, dtype=bool))
    return Place(outlines, np.full((size, 2), np.nan), np.array(neighborhood))


def test_the_borders_of_two_columns() -> None:
    inner, outer = borders(lattice([0, 0, 1, 1] * 3))
    assert sorted(map(tuple, inner.tolist())) == [(2, 0, 2, 1), (2, 1, 2, 2), (2, 2, 2, 3)]
    assert len(outer) == 2 * (4 + 3)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-1, 2), min_size=8, max_size=12).filter(lambda numbers: len(numbers) % WIDTH == 0))
def test_every_border_lies_between_two_neighbourhoods(numbers: list[int]) -> None:
    inner, outer = borders(lattice(numbers))
    rows = len(numbers) // WIDTH
    beside = sum(numbers[k] != numbers[k + 1] for k in range(len(numbers)) if (k + 1) % WIDTH)
    below = sum(numbers[k] != numbers[k + WIDTH] for k in range(len(numbers) - WIDTH))
    assert len(inner) == beside + below
    assert len(outer) == 2 * (WIDTH + rows)


def test_borders_of_outlines_that_do_not_share_their_corners() -> None:
    pytest.importorskip("shapely")
    tall = np.array([[0, 0], [1, 0], [1, 2], [0, 2], [0, 0]], dtype=float)
    low = np.array([[1, 0], [2, 0], [2, 1.5], [1, 1.5], [1, 0]], dtype=float)
    high = np.array([[1, 1.5], [1.5, 1.5], [2, 1.5], [2, 2], [1, 2], [1, 1.5]], dtype=float)
    outlines = Outlines((tall, low, high), np.arange(3), np.ones(3, dtype=bool))
    inner, outer = borders(Place(outlines, np.full((3, 2), np.nan), np.array([0, 1, 1])))
    assert np.abs(inner[:, [2, 3]] - inner[:, [0, 1]]).sum() == 2 * (1 + 2) * 2  # two rectangles of 1 by 2
    assert len(outer) == 0


# -- maps ----------------------------------------------------------------------------------------------------------


def test_every_block_is_in_one_class() -> None:
    problem = problem_with()
    receives = np.array([row[1] > 0 and 2 * row[2] >= row[1] and bool(row[4] or row[5])
                         for row in blocks().itertuples(index=False, name=None)])
    classes = choice_classes(problem, problem.shape.allocation(receives))
    together = sum(one.blocks.astype(int) for one in classes)
    assert (together == 1).all()
    assert [(one.label, int(one.blocks.sum())) for one in classes][3] == ("no students", 1)
    assert len({one.colour for one in classes}) == 4


def drawn(problem: Problem) -> str:
    allocation = problem.shape.allocation(problem.blocks.at_least(problem.options.threshold))
    figure = choice_map(problem, allocation)
    assert figure is not None
    return draw_svg(figure, "map")


def test_shapes_pixels_and_points(monkeypatch: pytest.MonkeyPatch) -> None:
    outlined = problem_with(geometry_wkt=[cell(k) for k in range(12)])
    sharp = drawn(outlined)
    assert "receives (" in sharp
    assert "<image" not in sharp
    assert drawn(problem_with(geometry_wkt=[cell(k) for k in range(12)])) == sharp
    monkeypatch.setattr(maps, "FEW_CORNERS", 10)
    assert "<image" in drawn(outlined)
    points = drawn(problem_with(lon=[-122.0 + k / 100 for k in range(12)], lat=[37.0 + k % 3 / 100 for k in range(12)]))
    assert "<image" in points


def test_no_place_no_map() -> None:
    problem = problem_with()
    assert place_of(problem) is None
    assert choice_map(problem, problem.shape.allocation(np.zeros(12, dtype=bool))) is None


def overlaid(*rows: tuple[str, str]) -> Problem:
    spec = tree(blocks(geometry_wkt=[cell(k) for k in range(12)]), threshold="1/2")
    spec["data"]["overlay"] = pd.DataFrame(list(rows), columns=["name", "geometry_wkt"])
    return made(spec)


def test_outlines_of_the_user_are_drawn_with_their_names() -> None:
    text = "POLYGON ((0 0, 3 0, 3 2, 0 2, 0 0))"
    geojson = json.dumps({"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE]]})
    found = overlay_of(overlaid(("Grade <D>", text), ("Zone 1", geojson), ("Grade <D>", cell(11))))
    assert found is not None and found.names == ("Grade <D>", "Zone 1") and found.remark == ""
    assert [len(rings) for rings in found.rings] == [2, 2]
    picture = drawn(overlaid(("Grade <D>", text)))
    assert "Grade &lt;D&gt;" in picture and picture.count("<path") > drawn(overlaid(("", ""))).count("<path")
    assert overlay_of(problem_with()) is None


def test_an_overlay_that_cannot_be_drawn_says_so() -> None:
    broken = overlay_of(overlaid(("a", cell(0)), ("b", "POINT (1 1)")))
    assert broken is not None and broken.remark == "1 row of the table overlay without a polygon."
    none = overlaid(("b", "POINT (1 1)"))
    figure = choice_map(none, none.shape.allocation(np.zeros(12, dtype=bool)))
    assert figure is not None and "The table overlay holds no polygon." in figure.caption
    many = overlay_of(overlaid(*((f"zone {k}", cell(k)) for k in range(7))))
    assert many is not None and not many.names and "7 names" in many.remark


def test_half_of_the_points_are_unknown() -> None:
    lon = pd.Series([str(-122 + k / 100) if k % 2 else "" for k in range(12)])
    problem = problem_with(lon=lon, lat=["37.5"] * 12)
    place = place_of(problem)
    assert place is not None
    assert place.located == 6
    assert "6 of 12 blocks are not drawn" in block_map(place, [], "Map").caption


def test_a_block_in_the_hole_of_another_is_seen_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The middle of the picture has the colour of the small block, although the large one stands behind it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    small = np.array([[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]], dtype=float)
    outlines = Outlines((small, np.array(SQUARE), small), np.array([0, 1, 1]), np.array([True, True, False]))
    place = Place(outlines, np.full((2, 2), np.nan), np.array([-1, -1]))
    classes = [maps.Class("in", "#ff0000", np.array([True, False])), maps.Class("out", "#0000ff", np.array([False, True]))]
    for corners in (maps.FEW_CORNERS, 1):
        monkeypatch.setattr(maps, "FEW_CORNERS", corners)
        canvas = Canvas(figsize=(2, 2))
        agg = FigureCanvasAgg(canvas)
        axes = canvas.add_axes((0, 0, 1, 1))
        maps.draw_blocks(axes, place, classes)
        agg.draw()
        picture = np.asarray(agg.buffer_rgba())
        x, y = axes.transData.transform((2, 2))
        assert picture[picture.shape[0] - int(y), int(x), :3].tolist() == [255, 0, 0]
        x, y = axes.transData.transform((0.5, 2))
        assert picture[picture.shape[0] - int(y), int(x), :3].tolist() == [0, 0, 255]
