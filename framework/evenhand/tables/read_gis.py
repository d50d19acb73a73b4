"""A GeoPackage's layer brought to text: attributes as columns, geometry as the text that a GeoJSON file gives."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from evenhand.errors import Fault
from evenhand.tables.raw import MAX_ROWS, Grid
from evenhand.tables.read_typed import grid_of

WGS84 = ("EPSG:4326", "OGC:CRS84")
_AGAIN = "export the layer again, as a GeoPackage or as GeoJSON"
_HELD = {"POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"}


def read_geopackage(data: bytes, table: str) -> tuple[Grid | None, list[Fault]]:
    """The grid of one layer: the layer named like the table, or the only one. Needs pyogrio and shapely.

    Columns are the feature number (under the name the layer gives it, mostly ``fid``), the attributes, and
    ``geometry`` as GeoJSON text. A layer without geometry is read too. Whole numbers stay exact beside blank cells.
    """
    try:
        import pyogrio
        import shapely
    except ImportError:
        cure = "install it with: pip install 'evenhand[gis]'"
        return None, [Fault(table, "reading GeoPackages needs pyogrio and shapely", cure)]
    # Only this: the library underneath opens many kinds of files, and some of those point to other files.
    if not data.startswith(b"SQLite format 3\0") or data[68:70] != b"GP":
        return None, [Fault(table, "is not a GeoPackage", _AGAIN)]
    if data[18:20] == b"\2\2":
        # It says "look for a log beside me", which bytes in memory have none of; the file had none, or was refused.
        data = b"".join((data[:18], b"\1\1", data[20:]))
    try:
        with _said() as said:
            layers = [str(name) for name in pyogrio.list_layers(data)[:, 0]]
            if table not in layers and len(layers) != 1:
                cure = f"name the layer to read {table!r} (layers: {', '.join(layers)})"
                return None, [Fault(table, f"the file has {len(layers)} layers", cure)]
            layer = table if table in layers else layers[0]
            info = pyogrio.read_info(data, layer=layer)
            fault = _layer_fault(info, table)
            if fault is None and info["geometry_type"] is not None:
                fault = _curved_fault(data, layer, info, table)
            if fault is not None:
                return None, [fault]
            columns = _columns(data, layer, info)
            shapes = None if info["geometry_type"] is None else _geojson(data, layer, shapely)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError,
            pyogrio.errors.FieldError, pyogrio.errors.GeometryError, shapely.errors.ShapelyError) as error:
        return None, [Fault(table, f"is not a readable GeoPackage: {error}", _AGAIN)]
    if said:
        return None, [Fault(table, f"the GeoPackage reader warns: {said[0]}", _AGAIN)]
    if shapes is not None:
        columns.append(("geometry", shapes))
    return grid_of([name for name, _ in columns], [cells for _, cells in columns]), []


def _layer_fault(info: Mapping[str, Any], table: str) -> Fault | None:
    if info["features"] > MAX_ROWS:
        return Fault(table, f"has more than {MAX_ROWS:,} rows", "split the table")
    if info["geometry_type"] is not None and info["crs"] not in WGS84:
        named = info["crs"] or "none"
        if len(named) > 60:  # a definition in full: its name stands first, in quotes
            named = [*named.split('"'), "unnamed"][1]
        return Fault(table, "the layer is not in WGS 84 (longitude and latitude)",
                     "reproject it to EPSG:4326 and export it again", value=f"coordinate reference system: {named}")
    return None


def _curved_fault(data: bytes, layer: str, info: Mapping[str, Any], table: str) -> Fault | None:
    """Shapes that GeoJSON cannot hold: the reader would replace their arcs by many straight pieces."""
    from pyogrio.raw import read

    shape = _quoted(info["geometry_name"])
    _, _, _, (kinds,) = read(data, read_geometry=False, sql=f"SELECT DISTINCT ST_GeometryType({shape}) AS kind "
                                                            f"FROM {_quoted(layer)} WHERE {shape} IS NOT NULL")
    odd = sorted({str(kind) for kind in kinds} - _HELD)
    if not odd:
        return None
    return Fault(table, "the layer has shapes that GeoJSON cannot hold",
                 "convert them to points, lines or polygons, and export the layer again", value=", ".join(odd))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _columns(data: bytes, layer: str, info: Mapping[str, Any]) -> list[tuple[str, Sequence[Any]]]:
    from pyogrio.raw import read

    meta, fids, _, fields = read(data, layer=layer, read_geometry=False, return_fids=True, datetime_as_string=True)
    found: list[tuple[str, Sequence[Any]]] = []
    if info["fid_column"]:
        found.append((info["fid_column"], fids.tolist()))
    for name, stored, cells in zip(meta["fields"], meta["dtypes"], fields, strict=True):
        if stored.startswith(("int", "uint", "bool")) and cells.dtype.kind == "f":
            # A blank turned the column into floats: above 2**53 those are other numbers. Read what is there by itself.
            _, present, _, (whole,) = read(data, layer=layer, columns=[name], where=f"{_quoted(name)} IS NOT NULL",
                                           read_geometry=False, return_fids=True)
            exact = dict(zip(present.tolist(), whole.tolist(), strict=True))
            found.append((name, [exact.get(fid) for fid in fids.tolist()]))
        else:
            found.append((name, list(cells)))
    return found


def _geojson(data: bytes, layer: str, shapely: Any) -> list[str | None]:
    from pyogrio.raw import read

    _, _, shapes, _ = read(data, layer=layer, columns=[])
    return [None if shape is None
            else json.dumps(json.loads(shapely.to_geojson(shapely.from_wkb(shape))), separators=(",", ":"))
            for shape in shapes]


@contextmanager
def _said() -> Iterator[list[str]]:
    """Collects what the reader warns of: it goes on where a value could not be kept, we don't."""
    said: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield said
    # The bytes are handed over without a file name, which is no loss.
    said += [str(warning.message) for warning in caught if "non conformant file extension" not in str(warning.message)]
