"""Two results about the same blocks, read back from their folders and compared block by block."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from evenhand.errors import DataError, Fault, InputError, OutputError, VerificationError
from evenhand_tiebreaker.instance import total
from evenhand_tiebreaker.words import listing

if TYPE_CHECKING:
    from evenhand.plugins import Registry
    from evenhand.shapes import Allocation
    from evenhand_tiebreaker.counts import Bools, Ints
    from evenhand_tiebreaker.problem import TiebreakerProblem


@frozen(eq=False)
class Choice:
    """One result: its folder, as the names on the way to it, its problem and its blocks."""

    path: tuple[str, ...]
    problem: TiebreakerProblem
    allocation: Allocation

    @property
    def name(self) -> str:
        return self.path[-1]


@frozen(eq=False, slots=False)
class Difference:
    """What the second choice changes. Masks are in the order of the second one's blocks, whose counts are used."""

    first: Choice
    second: Choice

    @cached_property
    def before(self) -> Bools:
        """(n,) blocks that receive in the first."""
        blocks = self.first.problem.blocks
        receives = dict(zip(blocks.ids, self.first.allocation.array.tolist(), strict=True))
        return np.array([receives[geoid] for geoid in self.second.problem.blocks.ids], dtype=np.bool_)

    @property
    def after(self) -> Bools:
        """(n,) blocks that receive in the second."""
        return np.asarray(self.second.allocation.array, dtype=np.bool_)

    @property
    def gained(self) -> Bools:
        return self.after & ~self.before

    @property
    def lost(self) -> Bools:
        return self.before & ~self.after

    @property
    def names(self) -> tuple[str, str]:
        """What to call them: the names of the folders, with as much of what stands above them as tells them apart."""
        first, second = self.first.path, self.second.path
        for length in range(1, max(len(first), len(second)) + 1):
            names = "/".join(first[-length:]), "/".join(second[-length:])
            if names[0] != names[1]:
                return names
        return f"{self.first.name} (A)", f"{self.second.name} (B)"

    def plain(self, counts: Ints, chosen: Bools) -> float:
        """Students in some blocks."""
        return self.second.problem.blocks.plain(total(counts[chosen]))

    def neighborhoods(self) -> list[tuple[str, Bools]]:
        """Name and (n,) blocks of every neighbourhood with a change; blocks of none stand last."""
        known = self.second.problem.neighborhoods
        if known is None:
            return []
        names, of_row = known
        changed = self.gained | self.lost
        numbers = [*range(len(names)), -1]
        return [(names[number] if number >= 0 else "no neighbourhood", of_row == number) for number in numbers
                if (changed & (of_row == number)).any()]


def difference_of(first: Path, second: Path, registry: Registry) -> Difference:
    """Read both results.

    Raises
    ------
    OutputError, VerificationError, InputError
        A folder that holds no result, one that was altered, another domain, no choice, or other blocks.
    """
    choices = [read_choice(folder, registry) for folder in (first, second)]
    ids = [set(choice.problem.blocks.ids) for choice in choices]
    faults = []
    for here, there, choice in ((ids[0], ids[1], choices[0]), (ids[1], ids[0], choices[1])):
        if alone := sorted(here - there):
            faults.append(Fault("blocks", f"{len(alone):,} blocks are only in {choice.name}: {listing(alone, 10)}",
                                "Compare results about the same blocks"))
    if faults:
        raise DataError(faults)
    return Difference(*choices)


def read_choice(folder: Path, registry: Registry) -> Choice:
    """The choice of a result's folder, whose files must be those that were written."""
    from evenhand.results.compare import form_faults
    from evenhand.results.rebuild import read_candidate, rebuilt_problem
    from evenhand.results.result_json import read_result
    from evenhand.tables.digest import sha256_file

    result = read_result(folder)
    if faults := form_faults(result):
        raise VerificationError([f"{folder}: {fault}" for fault in faults])
    domain = result["domain"]
    if domain != "tiebreaker":
        raise InputError(Fault(str(folder), f"holds a result of the domain {domain!r}", "Name two tiebreaker results"))
    altered = [name for name, digest in result["files"].items()
               if not (folder / name).is_file() or sha256_file(folder / name) != digest]
    if altered:
        raise VerificationError([f"{folder}: {name} was altered or is missing" for name in altered])
    problem = rebuilt_problem(folder, result, registry)
    allocation = read_candidate(folder, result, problem).allocation
    if allocation is None:
        raise OutputError(f"{folder} holds no choice of blocks: its status is {result['status']!r}")
    return Choice(folder.resolve().parts[1:] or ("/",), problem, allocation)  # type: ignore[arg-type]
