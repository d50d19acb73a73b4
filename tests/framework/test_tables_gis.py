"""Reading GeoPackages: what is kept, which layer is read, and which files are refused."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evenhand.errors import Fault
from evenhand.tables import Column, TableSchema
from evenhand.tables.load import load_tables
from evenhand.tables.raw import RawTable
from evenhand.tables.read import read_table
from evenhand.tables.source import DataSource

pyogrio = pytest.importorskip("pyogrio", reason="the extra gis is not installed")
shapely = pytest.importorskip("shapely", reason="the extra gis is not installed")

SHAPES = ["POINT (-122.5 37.70933)", "POLYGON ((0 0, 1 0, 1 1, 0 0))", None]
# A disc, as a GeoPackage stores it: header, curve polygon (10) of one ring, circular string (8) of five points.
DISC = struct.pack("<2sBBi", b"GP", 0, 1, 4326) + struct.pack("<BII", 1, 10, 1) + struct.pack(
    "<BII10d", 1, 8, 5, 0, 0, 1, 1, 2, 0, 1, -1, 0, 0)


def write(path: Path, columns: Mapping[str, Any] | None = None, *, shapes: list[str | None] | None = None,
          layer: str = "blocks", crs: str | None = "EPSG:4326", blank: Mapping[str, list[bool]] | None = None,
          spatial: bool = True, kind: str = "Unknown", append: bool = False) -> Path:
    columns = {"block": ["007", "7", None]} if columns is None else columns
    wkb = np.empty(3, dtype=object)
    wkb[:] = [None if shape is None else shapely.from_wkt(shape).wkb for shape in shapes or SHAPES]
    fields = [np.array(cells, dtype=object if isinstance(cells[0], str) else None) for cells in columns.values()]
    masks = [None if name not in (blank or {}) else np.array((blank or {})[name]) for name in columns]
    pyogrio.raw.write(str(path), wkb if spatial else None, fields, list(columns), masks, layer=layer, driver="GPKG",
                      geometry_type=kind if spatial else None, crs=crs, append=append)
    return path


def read(path: Path, name: str = "blocks") -> RawTable:
    table, faults = read_table(path, name)
    assert faults == []
    assert table is not None
    return table


def fault(path: Path, name: str = "blocks") -> Fault:
    table, faults = read_table(path, name)
    assert table is None and len(faults) == 1
    return faults[0]


def cells(table: RawTable, name: str) -> list[str]:
    return list(table.frame[name])


def alter(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as base:
        for statement in statements:
            base.execute(statement)
        base.commit()
    return path


def test_attributes_and_shapes_become_texts(tmp_path: Path) -> None:
    path = write(tmp_path / "t.gpkg", {
        "block": ["007", "7", None], "share": [0.1, np.nan, 1e20], "whole": [3.0, 4.0, np.nan], "count": [5, 6, 7],
        "old": [True, False, True], "day": np.array(["2024-02-29", "NaT", "1999-12-31"], "datetime64[D]"),
        "single": np.array([0.1, 0.2, 0.3], "f4")})
    table = read(path)
    assert list(table.frame.columns) == [
        "fid", "block", "share", "whole", "count", "old", "day", "single", "geometry"]
    assert table.frame.drop(columns="geometry").to_numpy().tolist() == [
        ["1", "007", "0.1", "3", "5", "True", "2024-02-29", "0.1"],
        ["2", "7", "", "4", "6", "False", "", "0.2"],
        ["3", "", "1e+20", "", "7", "True", "1999-12-31", "0.3"]]
    assert table.fractional == {"share", "single"}
    assert table.source.rows == 3 and table.source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_shapes_read_as_from_geojson(tmp_path: Path) -> None:
    features = [{"type": "Feature", "properties": {}, "geometry": shape and json.loads(shapely.to_geojson(shape))}
                for shape in (text and shapely.from_wkt(text) for text in SHAPES)]
    twin = tmp_path / "t.geojson"
    twin.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    assert cells(read(write(tmp_path / "t.gpkg")), "geometry") == cells(read(twin), "geometry")


def test_coordinates_keep_every_digit_and_their_heights(tmp_path: Path) -> None:
    x, y, z = -122.41941550000001, 37.774929400000004, 0.1 + 0.2
    table = read(write(tmp_path / "t.gpkg", shapes=[f"POINT Z ({x!r} {y!r} {z!r})", None, None]))
    assert json.loads(cells(table, "geometry")[0]) == {"type": "Point", "coordinates": [x, y, z]}


def test_whole_numbers_stay_exact_beside_blanks(tmp_path: Path) -> None:
    big = 2**53 + 1
    blank = {'a "b"': [False, True, False], "yes": [True, False, False], "none": [True, True, True]}
    table = read(write(tmp_path / "t.gpkg", {'a "b"': [big, 0, -big], "yes": [True, False, True], "none": [1, 2, 3]},
                       blank=blank))
    assert cells(table, 'a "b"') == [str(big), "", str(-big)]
    assert cells(table, "yes") == ["", "False", "True"]
    assert cells(table, "none") == ["", "", ""]
    assert "none" not in table.fractional


def test_a_layer_goes_through_the_schema_with_the_users_headings(tmp_path: Path) -> None:
    path = write(tmp_path / "t.gpkg", {"GEOID": ["007", "7", "8"], "POP": [10, 20, 30]})
    schema = TableSchema("blocks", (Column("block", "id", unique=True), Column("students", "integer", minimum=11),
                                    Column("geometry", "geometry", blank="allowed")))
    source = DataSource(file=str(path), columns={"block": "GEOID", "students": "POP"})
    _, faults = load_tables([schema], {"blocks": source})
    assert [(f.row, f.column, f.value) for f in faults] == [(1, "students", "10")]


def test_a_key_column_of_ones_own_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "t.gpkg", spatial=False, crs=None)
    alter(path, "ALTER TABLE blocks RENAME COLUMN fid TO school", "UPDATE blocks SET school = school + 100")
    table = read(path)
    assert list(table.frame.columns) == ["school", "block"]
    assert cells(table, "school") == ["101", "102", "103"]


def test_the_layer_named_like_the_table_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "t.gpkg", {"n": [1, 2, 3]}, layer="schools")
    assert cells(read(path, "blocks"), "n") == ["1", "2", "3"]  # the only layer, whatever its name
    write(path, {"n": [4, 5, 6]}, layer="blocks", append=True)
    assert cells(read(path, "blocks"), "n") == ["4", "5", "6"]
    assert cells(read(path, "schools"), "n") == ["1", "2", "3"]
    found = fault(path, "travel")
    assert found.message == "the file has 2 layers"
    assert found.cure == "name the layer to read 'travel' (layers: schools, blocks)"


def test_a_layer_without_geometry_needs_no_reference_system(tmp_path: Path) -> None:
    table = read(write(tmp_path / "t.gpkg", spatial=False, crs=None))
    assert list(table.frame.columns) == ["fid", "block"]


@pytest.mark.parametrize(("crs", "named"), [("EPSG:2248", "EPSG:2248"), ("EPSG:4269", "EPSG:4269")])
def test_another_reference_system_is_refused_by_name(crs: str, named: str, tmp_path: Path) -> None:
    found = fault(write(tmp_path / "t.gpkg", crs=crs))
    assert found.message == "the layer is not in WGS 84 (longitude and latitude)"
    assert found.value == f"coordinate reference system: {named}"
    assert found.cure == "reproject it to EPSG:4326 and export it again"


def test_a_reference_system_without_a_code_is_shown_by_its_name(tmp_path: Path) -> None:
    found = fault(write(tmp_path / "t.gpkg", crs="+proj=laea +lat_0=39 +lon_0=-77 +datum=WGS84 +units=m"))
    assert found.value is not None and len(found.value) < 100 and "{" not in found.value


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_layer_that_names_no_reference_system_is_refused(tmp_path: Path) -> None:
    assert fault(write(tmp_path / "t.gpkg", crs=None)).message.startswith("the layer is not in WGS 84")


def test_shapes_that_geojson_cannot_hold_are_refused(tmp_path: Path) -> None:
    curved = write(tmp_path / "t.gpkg")
    with closing(sqlite3.connect(curved)) as base:
        for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f"DROP TRIGGER {trigger}")
        base.execute("UPDATE blocks SET geom = ? WHERE fid = 2", (DISC,))
        base.commit()
    found = fault(curved)
    assert (found.message, found.value) == ("the layer has shapes that GeoJSON cannot hold", "CURVEPOLYGON")
    measured = alter(write(tmp_path / "m.gpkg", kind="Point", shapes=[SHAPES[0]] * 3),
                     "UPDATE gpkg_geometry_columns SET m = 1")
    assert fault(measured).message.startswith("the GeoPackage reader warns: Measured (M) geometry types")


def test_what_waits_in_a_log_beside_the_file_is_not_overlooked(tmp_path: Path) -> None:
    path = write(tmp_path / "t.gpkg", {"n": [1, 2, 3]}, spatial=False, crs=None)
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("UPDATE blocks SET n = 9 WHERE fid = 1")
        base.commit()
        assert fault(path).message == "changes to the file wait beside it, in a file ending in -wal"
    assert cells(read(path), "n") == ["9", "2", "3"]


@pytest.mark.parametrize("damage", ["other", "plain", "cut", "torn"])
def test_what_is_no_geopackage_is_said_in_words(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    if damage == "other":  # a recipe that the library underneath would follow to another file
        twin = tmp_path / "t.csv"
        twin.write_text("a\n1\n", encoding="utf-8")
        path.write_text(f"<OGRVRTDataSource><OGRVRTLayer name='t'><SrcDataSource>{twin}</SrcDataSource>"
                        "</OGRVRTLayer></OGRVRTDataSource>", encoding="utf-8")
    elif damage == "plain":
        alter(path, "CREATE TABLE blocks (a)")
    else:
        content = write(path).read_bytes()
        path.write_bytes(content[:200] if damage == "cut" else content[:3000] + b"\xff" * 60_000)
    assert "is not a " in fault(path).message


@pytest.mark.parametrize("module", ["pyogrio", "shapely"])
def test_missing_libraries_say_how_to_install(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "t.gpkg")
    monkeypatch.setitem(sys.modules, module, None)
    assert fault(path).cure == "install it with: pip install 'evenhand[gis]'"
