"""The tree of cases in a solve: a tighter bound for small districts, and starts from its leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenhand_cep.prices import certificate
from evenhand_cep.prices.branch import Leaf, Tree
from evenhand_cep.prices.curve import grid_on
from evenhand_cep.prices.run import Run
from evenhand_cep.prices.start import assigned, chosen_shares

Floats = NDArray[np.float64]

_NODES = 20
_FORKS, _FAR_FORKS, _FAR = 60, 240, 20.0
"""Forks at most; more while the gap is still so many times what was asked."""


def grow_tree(run: Run, effort: float) -> None:
    """Split cases until the gap is met, time is over or the tree is large; leaves start searches."""
    if run.done() or run.value is None:
        return
    nodes = run.curve.nodes
    if len(nodes) > _NODES:
        nodes = nodes[np.unique(np.linspace(0, len(nodes) - 1, _NODES).round().astype(int))]
    tree = Tree(run.instance, grid_on(run.reach, nodes), run.reach, run.stop)
    tree.plant(run.curve)
    for count in range(int(effort * _FAR_FORKS)):
        if count >= effort * _FORKS and tree.bound - run.value <= _FAR * run.gap * abs(run.value):
            break
        enough = run.value + 0.5 * run.gap * abs(run.value) if np.isfinite(run.gap) else np.inf
        leaf = None if run.done() else tree.grow(enough)
        if leaf is None or run.stop():
            break
        if count < 12 or count % 8 == 0:
            _start(run, leaf)
        if tree.bound - run.value <= run.gap * abs(run.value):
            break
    if tree.bound < run.bound:
        run.take_bound(tree.bound, certificate.branches_data(tree.nodes, tree.bound))


def _start(run: Run, leaf: Leaf) -> None:
    """A grouping from the relaxation of one case: every school where most of it sits."""
    weights, instance = leaf.relaxed.weights, run.instance
    shares = chosen_shares(instance, leaf.relaxed, run.groups)
    labels = assigned(instance, leaf.curve, shares)
    inside = weights.sum(axis=1)
    mean = weights @ leaf.relaxed.grid.needs / np.maximum(inside, 1e-12)
    nearest = np.argmin(np.abs(mean[:, None] - shares[None, :]), axis=1) + 1
    labels = np.where((inside < 0.5) & instance.may_stay_out, 0, np.where(inside > 0.5, nearest, labels))
    labels[instance.must_stay_out] = 0
    run.start_labels(labels, leaf.curve)
