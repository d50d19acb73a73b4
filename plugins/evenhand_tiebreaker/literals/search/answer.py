"""What the search returns."""

from __future__ import annotations

from attrs import field, frozen

from evenhand_tiebreaker.literals.feature import Mask
from evenhand_tiebreaker.literals.rule import Literal, Rule


@frozen
class Step:
    """The best rule with at most ``literals`` literals; ``rule`` None: nobody receives. ``value`` None: none passes."""

    literals: int
    rule: Rule | None
    value: int | None
    other: int | None


@frozen
class TieSplit:
    """A literal that only decides between blocks with one and the same value of another literal's feature."""

    literal: Literal
    tied: Literal


@frozen(eq=False)
class RuleAnswer:
    """The best rule, what it reaches, and how far the search got.

    Attributes
    ----------
    rule
        None if no rule beats "nobody receives" within the budgets and side rules.
    chosen
        Shape (n,): the eligible blocks that satisfy the rule.
    value
        Sum of the values reached; None if not even the empty choice passes (then nothing is chosen).
    focal, other, blocks
        Sums over the chosen blocks.
    exact
        True: no rule of the class (see ``mixed``) that passes reaches more, or as much with fewer non-focal students.
        False: the search was stopped, or side rules left no candidate among those kept.
    bound
        No rule of the class reaches more: the value if ``exact``, else what no set of blocks at all can exceed.
    mixed
        True if the class holds the mixed trees of 3 literals too, False if ANDs and ORs only (more than 3 literals:
        mixed trees are searched up to 3, ANDs and ORs beyond).
    rules
        Number of rules of the class, over all thresholds.
    looked_at
        Number of rules whose sums were formed; the others were excluded by proof.
    steps
        The best for at most 1, 2, … literals. An extra literal adds nothing where value and other stay.
    tie_splits
        Literals of the rule that only split ties.
    candidates
        Number of distinct choices that side rules were asked about.
    """

    rule: Rule | None
    chosen: Mask = field(repr=False)
    value: int | None
    focal: int
    other: int
    blocks: int
    exact: bool
    bound: int
    mixed: bool
    rules: int
    looked_at: int
    steps: tuple[Step, ...]
    tie_splits: tuple[TieSplit, ...]
    candidates: int

    @property
    def adds_nothing(self) -> bool:
        """True if the last literal allowed adds nothing to the best rule with one fewer."""
        return len(self.steps) > 1 and self.steps[-1].rule == self.steps[-2].rule
