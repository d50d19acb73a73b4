"""The ground plan: blocks as polygons that share their edges, neighbourhoods, tracts, smooth fields over them."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SPACING = 0.0016
"""Side of a block, in degrees."""
ORIGIN = (-40.0, 35.0)
"""West and south end: open ocean, so that nobody takes the city for a real one."""
JITTER = 0.24
COAST = 0.16

NEIGHBORHOODS = ("Alder Flats", "Bellwether", "Canal Street", "Dunmore", "Eastgate", "Foundry", "Garden Hill", "Harbor",
                 "Inkwell", "Juniper", "Kiln Row", "Lantern Hill", "Millrace", "Northfield")


@frozen(eq=False)
class Geography:
    """The blocks of a city, row by row from the south-west.

    Attributes
    ----------
    corners : float array of shape (n, 4, 2)
        Longitude and latitude, counter-clockwise.
    cell : int array of shape (n, 2)
        Place in the lattice the blocks were bent from; rook neighbours differ by 1 in one number.
    neighborhood, tract : int arrays of shape (n,)
    lattice : (int, int)
    """

    corners: Floats
    cell: Ints
    neighborhood: Ints
    tract: Ints
    lattice: tuple[int, int]

    @property
    def size(self) -> int:
        return len(self.cell)

    @property
    def centres(self) -> Floats:
        """Longitude and latitude, shape (n, 2)."""
        return np.asarray(self.corners.mean(axis=1))

    def edges(self) -> Ints:
        """Pairs of blocks that share a side, shape (m, 2), each once."""
        number = np.full(self.lattice, -1, dtype=np.int64)
        number[self.cell[:, 0], self.cell[:, 1]] = np.arange(self.size)
        east = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
        north = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
        pairs = np.concatenate([east, north])
        return pairs[(pairs >= 0).all(axis=1)]

    def field(self, random: np.random.Generator, width: float) -> Floats:
        """A smooth random field over the blocks with mean 0 and deviation 1; ``width`` in blocks."""
        rough = gaussian_filter(random.standard_normal(self.lattice), width, mode="nearest")
        values = rough[self.cell[:, 0], self.cell[:, 1]]
        return np.asarray((values - values.mean()) / values.std())


def geography(rows: int, columns: int, random: np.random.Generator) -> Geography:
    """Bend a lattice, cut a coast around it and a lake into it, and divide what is left."""
    grid = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1)), axis=-1).astype(np.float64)
    grid += random.uniform(-JITTER, JITTER, grid.shape)
    middle = np.stack(np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows), axis=-1) - 0.5
    coast = gaussian_filter(random.standard_normal((rows, columns)), min(rows, columns) / 8, mode="nearest")
    coast *= COAST / (np.abs(coast).max() or 1.0)
    lake = np.hypot(middle[..., 0] - 0.16, middle[..., 1] + 0.1) < 0.06
    land = (np.hypot(middle[..., 0], middle[..., 1]) + coast < 0.5) & ~lake
    cell = np.argwhere(land)
    y, x = cell[:, 0], cell[:, 1]
    corners = np.stack([grid[y, x], grid[y, x + 1], grid[y + 1, x + 1], grid[y + 1, x]], axis=1) * SPACING + ORIGIN
    neighborhood = _nearest(cell, cell[random.choice(len(cell), len(NEIGHBORHOODS), replace=False)])
    per_tract = max(len(cell) // 45, len(NEIGHBORHOODS))
    around = _nearest(cell, cell[random.choice(len(cell), per_tract, replace=False)])
    _, tract = np.unique(neighborhood * per_tract + around, return_inverse=True)
    return Geography(corners, cell, neighborhood, tract.astype(np.int64), (rows, columns))


def _nearest(points: Ints, seeds: Ints) -> Ints:
    _, found = cKDTree(seeds).query(points)
    return np.asarray(found, dtype=np.int64)
