"""The folder of ``evenhand tiebreaker assign``: all of it, or nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from evenhand.report.page import render_page
from evenhand.report.versions import versions
from evenhand.results.folder import replacing
from evenhand.results.result_json import ALLOCATION, FORMAT, to_plain, to_text
from evenhand.results.write import REPORT, Writer, as_run
from evenhand.spec.write import spec_to_toml
from evenhand.tables.csv_out import render_csv
from evenhand.tables.source import DataSource
from evenhand_tiebreaker.command.assign_text import notes, sentence
from evenhand_tiebreaker.command.assign_view import view
from evenhand_tiebreaker.matching.effects import GROUPS
from evenhand_tiebreaker.matching.outputs import TEXT_COLUMNS, assignments_frame, effects_frame
from evenhand_tiebreaker.words import fraction_text

if TYPE_CHECKING:
    import pandas as pd

    from evenhand_tiebreaker.command.assignment import Assigned

INDEX = "assign.json"
ASSIGNMENTS, EFFECTS, MOVES, UNASSIGNED = "assignments.csv", "effects.csv", "moves.csv", "unassigned.csv"
MOVE_COLUMNS = ("move", "group", "members", "applicants", "share", "low", "high")


def write(found: Assigned, folder: Path, *, force: bool = False) -> Path:
    """Write tables, page and ``assign.json``; a folder that appears whole or not at all.

    Parameters
    ----------
    force : replace a folder that this command wrote.

    Raises
    ------
    OutputError
        The folder cannot be used or written.
    """
    with replacing(folder, force=force, index=INDEX) as partial:
        writer = Writer(partial)
        for name, text in tables(found).items():
            writer.add(name, text)
        writer.add(REPORT, page(found))
        made = {**record(found), "files": dict(sorted(writer.digests.items()))}
        writer.add(INDEX, to_text(made))
    return Path(os.path.realpath(folder))


def tables(found: Assigned) -> dict[str, str]:
    """CSV texts by file name."""
    problem = found.problem
    assert found.solution.allocation is not None
    applicants, programs = problem.tables["applicants"], problem.tables["programs"]
    assignments = assignments_frame(applicants, programs, found.market, found.comparison)
    return {ASSIGNMENTS: render_csv(assignments, text=TEXT_COLUMNS), EFFECTS: render_csv(effects_frame(found.effects)),
            MOVES: render_csv(moves_frame(found)), UNASSIGNED: render_csv(unassigned_frame(found)),
            ALLOCATION: render_csv(problem.allocation_table(found.solution.allocation), text=("geoid", "reason"))}


def moves_frame(found: Assigned) -> pd.DataFrame:
    """Applicants who are displaced, newly assigned, worse and better off, by group; averages over the lotteries."""
    import pandas as pd

    rows = [[one.move, one.group, str(one.members), *map(_cell, (one.applicants, one.share, one.low, one.high))]
            for one in found.moves]
    return pd.DataFrame(rows, columns=list(MOVE_COLUMNS), dtype=object)


def unassigned_frame(found: Assigned) -> pd.DataFrame:
    """Share of every group without a seat, without and with the tiebreaker."""
    import pandas as pd

    rows = [[group, *map(_cell, found.unassigned[group])] for group in GROUPS]
    return pd.DataFrame(rows, columns=["group", "without", "with"], dtype=object)


def _cell(value: float | None) -> str:
    return "" if value is None else repr(value)


def page(found: Assigned) -> str:
    """The report as one HTML page."""
    problem, spec = found.problem, as_run(found.solution)
    # The page names files, not the folders of whoever made it.
    data = {name: DataSource(file=Path(source.file).name, columns=source.columns) for name, source in spec.data.items()
            if source.file is not None}
    spec_text = spec_to_toml(attrs.evolve(spec, data=data, folder=None)) if len(data) == len(spec.data) else ""
    return render_page("Equity tiebreaker: effect on the school assignment", view(found),
                       notices=[*notes(found), *found.solution.notices], inputs=inputs(found),
                       versions=versions(problem), origin=origin(found), spec_text=spec_text, listed_in=INDEX)


def inputs(found: Assigned) -> dict[str, dict[str, Any]]:
    """Rows and digest of every table."""
    return {name: dict(table.source.to_json()) for name, table in found.problem.tables.items()}


def origin(found: Assigned) -> list[tuple[str, str]]:
    """How the assignment was run, for the page."""
    section = found.section
    lottery = "the numbers of the table applicants" if found.given_lottery else (
        f"{section.lotteries:,} drawn, seed {section.seed}")
    reserve = f"{fraction_text(section.reserve)}, {section.reserve_order}" if section.reserve else "none"
    return [("Method", "student-proposing deferred acceptance (Gale and Shapley 1962)"), ("Lotteries", lottery),
            ("Reserve", reserve), ("Blocks chosen by", found.solution.run.used)]


def record(found: Assigned) -> dict[str, Any]:
    """``assign.json`` as plain data. Format 1."""
    solution, section = found.solution, found.section
    assert solution.allocation is not None
    made = {
        "format": FORMAT, "domain": found.problem.domain.name, "command": "assign", "sentence": sentence(found),
        "choice": {"status": solution.status, "value": solution.value, "bound": solution.bound, "gap": solution.gap,
                   "metrics": solution.metrics, "allocation": ALLOCATION},
        "lotteries": {"count": found.comparison.lotteries, "given": found.given_lottery,
                      "seed": None if found.given_lottery else section.seed},
        "reserve": {"share": fraction_text(section.reserve), "order": section.reserve_order},
        "applicants": {group: found.comparison.size(group) for group in GROUPS},
        "effects": [{"measure": one.measure, "group": one.group, "without": one.without, "with": one.with_,
                     "difference": one.difference, "low": one.low, "high": one.high} for one in found.effects],
        "moves": [attrs.asdict(one) for one in found.moves],
        "unassigned": {group: {"without": before, "with": after}
                       for group, (before, after) in found.unassigned.items()},
        "notes": notes(found), "notices": list(solution.notices),
        "inputs": inputs(found), "files": {}, "versions": versions(found.problem),
    }
    plain: dict[str, Any] = to_plain(made)
    return plain
