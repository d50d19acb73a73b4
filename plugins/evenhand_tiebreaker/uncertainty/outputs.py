"""Metrics and tables of the estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from evenhand_tiebreaker.uncertainty.estimates import Method, Uncertainty, uncertainty_of

if TYPE_CHECKING:
    import pandas as pd

    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.problem import TiebreakerProblem

MEASURES = ("tpr", "fpr", "precision")
COLUMNS = ("measure", "method", "claimed", "fitted", "mean", "low", "high")
SHRUNK_COLUMNS = ("geoid", "share", "shrunk_share", "receives", "receives_shrunk")


def uncertainty_metrics(problem: TiebreakerProblem, allocation: Allocation) -> dict[str, Any]:
    """``tpr_out_of_sample``, ``fpr_out_of_sample`` and ``precision_out_of_sample``: ``{mean, low, high}``.

    Nothing without ``[uncertainty]``; None in all places for a rate that is undefined in every division.
    """
    found = uncertainty_of(problem, allocation)
    if found is None:
        return {}
    unseen = found.plain.estimate.unseen
    return {f"{measure}_out_of_sample": {name: getattr(getattr(unseen, measure), name)
                                         for name in ("mean", "low", "high")} for measure in MEASURES}


def uncertainty_tables(problem: TiebreakerProblem, allocation: Allocation) -> dict[str, pd.DataFrame]:
    """``uncertainty.csv``, and ``shrunk.csv`` where shares are shrunk; nothing without ``[uncertainty]``."""
    import pandas as pd

    found = uncertainty_of(problem, allocation)
    if found is None:
        return {}
    rows = [_row(measure, method) for method in found.methods for measure in MEASURES]
    made = {"uncertainty.csv": pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)}
    if found.shrinkage is not None:
        made["shrunk.csv"] = _shrunk_table(problem, allocation, found)
    return made


def _row(measure: str, method: Method) -> list[str]:
    unseen = getattr(method.estimate.unseen, measure)
    numbers = (getattr(method.claimed, measure), getattr(method.estimate.fitted, measure).mean, unseen.mean, unseen.low,
               unseen.high)
    return [measure, method.name, *("" if number is None else repr(number) for number in numbers)]


def _shrunk_table(problem: TiebreakerProblem, allocation: Allocation, found: Uncertainty) -> pd.DataFrame:
    import pandas as pd

    from evenhand_tiebreaker.outputs import flag_cells, share_text

    blocks, shrinkage = problem.blocks, found.shrinkage
    assert shrinkage is not None
    shares = [share_text(p, s) for p, s in zip(blocks.focal.tolist(), blocks.students.tolist(), strict=True)]
    shrunk = ["" if np.isnan(share) else repr(share) for share in shrinkage.shares.tolist()]
    columns = (list(blocks.ids), shares, shrunk, flag_cells(allocation.array.tolist()),
               flag_cells(shrinkage.receives.tolist()))
    return pd.DataFrame(dict(zip(SHRUNK_COLUMNS, columns, strict=True)), dtype=object)
