"""What has been worked out about one problem and need not be worked out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from evenhand.errors import Fault
    from evenhand_tiebreaker.groups import Group
    from evenhand_tiebreaker.literals import Rule
    from evenhand_tiebreaker.rule_answer import RuleFound
    from evenhand_tiebreaker.uncertainty.estimates import Uncertainty


@define(eq=False)
class Known:
    """Answers that follow from the problem alone: forgetting them costs time and changes nothing.

    Attributes
    ----------
    groups : groups by column, or the column's faults.
    best_rule : what the search for a rule ended with; a search that was stopped early counts.
    rules : rules that name a choice, by the bytes of the choice; None where there is none.
    choices : choices that are known to be some rule's, by their bytes.
    uncertainty : estimates on other students, by the bytes of the choice.
    """

    groups: dict[str, tuple[Group | None, list[Fault]]] = field(factory=dict)
    best_rule: RuleFound | None = None
    rules: dict[bytes, Rule | None] = field(factory=dict)
    choices: set[bytes] = field(factory=set)
    uncertainty: dict[bytes, Uncertainty | None] = field(factory=dict)
