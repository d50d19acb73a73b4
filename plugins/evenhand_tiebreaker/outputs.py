"""Tables of an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenhand_tiebreaker.curves.near_misses import NEVER, flips
from evenhand_tiebreaker.instance import total
from evenhand_tiebreaker.uncertainty.outputs import uncertainty_tables
from evenhand_tiebreaker.words import count_text, fraction_text

if TYPE_CHECKING:
    import pandas as pd

    from evenhand.shapes import Allocation
    from evenhand.solution import Solution
    from evenhand_tiebreaker.problem import TiebreakerProblem


def flag_cells(flags: Sequence[bool]) -> list[str]:
    return ["1" if flag else "0" for flag in flags]


def share_text(part: int, whole: int) -> str:
    """A share as the nearest double; empty where it is undefined."""
    return repr(part / whole) if whole else ""


def allocation_table(problem: TiebreakerProblem, allocation: Allocation) -> pd.DataFrame:
    """One row per block in the order of the input: who may receive, who does, and why."""
    import pandas as pd

    blocks = problem.blocks
    shares = [share_text(p, s) for p, s in zip(blocks.focal.tolist(), blocks.students.tolist(), strict=True)]
    return pd.DataFrame({
        "geoid": list(blocks.ids), "eligible": flag_cells(blocks.eligible.tolist()),
        "receives": flag_cells(allocation.array.tolist()), "share": shares,
        "reason": reasons(problem, allocation)}, dtype=object)


def reasons(problem: TiebreakerProblem, allocation: Allocation) -> list[str]:
    """Why each block receives or does not, in words."""
    blocks, (yes, no) = problem.blocks, _class_words(problem, allocation)
    shared = problem.options.selection in ("threshold", "exact")
    found = []
    for kept, eligible, receives, students in zip(blocks.kept.tolist(), blocks.eligible.tolist(),
                                                  allocation.array.tolist(), blocks.students.tolist(), strict=True):
        if not kept:
            found.append("left out: its counts are missing")
        elif not eligible:
            found.append("not eligible")
        elif shared and not receives and not students:
            found.append("no students")
        else:
            found.append(yes if receives else no)
    return found


def _class_words(problem: TiebreakerProblem, allocation: Allocation) -> tuple[str, str]:
    options = problem.options
    if options.selection == "column":
        return f"marked by {options.column}", f"not marked by {options.column}"
    if options.selection == "rule":
        return "the rule names it", "the rule does not name it"
    threshold = problem.threshold_of(allocation)
    if threshold is not None:
        return f"share at least {fraction_text(threshold)}", f"share below {fraction_text(threshold)}"
    return "chosen", "not chosen"


def output_tables(problem: TiebreakerProblem, solution: Solution) -> dict[str, pd.DataFrame]:
    """Further tables by file name."""
    if solution.allocation is None:
        return {}
    made = {"roc.csv": roc_table(problem), "neighborhoods.csv": neighborhood_table(problem, solution.allocation),
            "near_misses.csv": near_miss_table(problem, solution.allocation),
            **uncertainty_tables(problem, solution.allocation)}
    return {name: frame for name, frame in made.items() if frame is not None}


def roc_table(problem: TiebreakerProblem) -> pd.DataFrame:
    """Every breakpoint of the exact frontier, then (0, 0) and every vertex of the threshold curve."""
    import pandas as pd

    curve, frontier = problem.curve, problem.frontier
    points: list[tuple[str, int, int, str]] = []
    if frontier is not None:
        costs, focal = frontier.points()
        points += [("frontier", q, p, "") for q, p in zip(costs.tolist(), focal.tolist(), strict=True)]
    points.append(("threshold", 0, 0, ""))
    points += [("threshold", int(q), int(p), fraction_text(share)) for q, p, share in
               zip(curve.other.tolist(), curve.focal.tolist(), curve.thresholds, strict=True)]
    factor, all_focal, all_other = problem.blocks.factor, problem.blocks.total_focal, problem.blocks.total_other
    return pd.DataFrame({
        "curve": [name for name, _, _, _ in points], "non_focal": [count_text(q, factor) for _, q, _, _ in points],
        "focal": [count_text(p, factor) for _, _, p, _ in points],
        "fpr": [share_text(q, all_other) for _, q, _, _ in points],
        "tpr": [share_text(p, all_focal) for _, _, p, _ in points],
        "threshold": [share for _, _, _, share in points]}, dtype=object)


def neighborhood_table(problem: TiebreakerProblem, allocation: Allocation) -> pd.DataFrame | None:
    """One row per neighbourhood in order of first appearance; blocks of none stand last. None without any."""
    import pandas as pd

    if problem.neighborhoods is None:
        return None
    names, of_row = problem.neighborhoods
    blocks, chosen, factor = problem.blocks, allocation.array, problem.blocks.factor
    rows = []
    for number in [*range(len(names)), *([-1] if (of_row < 0).any() else [])]:
        inside = of_row == number
        focal, reached = total(blocks.focal[inside]), total(blocks.focal[inside & chosen])
        rows.append([
            names[number] if number >= 0 else "", str(int((inside & blocks.eligible).sum())),
            str(int((inside & chosen).sum())), count_text(focal, factor),
            count_text(total(blocks.focal[inside & blocks.eligible]), factor), count_text(reached, factor),
            share_text(reached, focal), count_text(total(blocks.other[inside & chosen]), factor)])
    headings = ["neighborhood", "eligible_blocks", "receiving_blocks", "focal", "focal_eligible", "focal_reached",
                "coverage", "non_focal_reached"]
    return pd.DataFrame(rows, columns=headings, dtype=object)


def near_miss_table(problem: TiebreakerProblem, allocation: Allocation) -> pd.DataFrame | None:
    """How few students would turn each eligible block around, the closest first; None without a cut-off."""
    import pandas as pd

    from evenhand_tiebreaker.curve import fits_engine

    threshold, blocks = problem.threshold_of(allocation), problem.blocks
    if threshold is None or not fits_engine(blocks.students):
        return None
    units = flips(blocks.focal, blocks.other, blocks.eligible & (blocks.students > 0), allocation.array, threshold)
    rows = np.flatnonzero(units != NEVER)
    # Of counts made whole, d whole students are d times the factor.
    students = -(-units[rows] // blocks.factor)
    order = np.argsort(students, kind="stable")
    rows, students = rows[order], students[order]
    return pd.DataFrame({
        "geoid": [blocks.ids[row] for row in rows.tolist()], "receives": flag_cells(allocation.array[rows].tolist()),
        "share": [share_text(int(blocks.focal[row]), int(blocks.students[row])) for row in rows.tolist()],
        "flip": [str(count) for count in students.tolist()]}, dtype=object)

