"""The rule search against enumeration of every rule."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.literals import Feature, Rule, RuleAnswer, best_rule
from evenhand_tiebreaker.literals.search.axes import Axis, make_axes, make_weights
from evenhand_tiebreaker.literals.search.bound import key_bound, knapsacks
from evenhand_tiebreaker.literals.search.candidates import Best, Checker, Pool
from evenhand_tiebreaker.literals.search.cells import TABLE_CELLS
from evenhand_tiebreaker.literals.search.scan import Scan
from evenhand_tiebreaker.literals.search.shapes import Family
from tests.plugins.tiebreaker.literals_oracle import Chosen, all_choices, best_entry

NUMBERS = st.one_of(st.none(), st.integers(0, 3), st.sampled_from([0.5, 1.25, Fraction(1, 3)]))


@frozen
class Case:
    columns: list[list[object]]
    focal: list[int]
    other: list[int]
    values: list[int]
    eligible: list[bool]
    budgets: dict[str, int]
    directions: str

    @property
    def features(self) -> list[Feature]:
        return [Feature.of(f"f{place}", column) for place, column in enumerate(self.columns)]

    def search(self, literals: int, **options: object) -> RuleAnswer:
        return best_rule(
            self.features, np.array(self.focal), np.array(self.other), np.array(self.eligible), literals=literals,
            directions=self.directions, budgets=self.budgets, values=np.array(self.values), **options,
        )

    def choices(self, literals: int, *, mixed: bool = True) -> list[tuple[int, Chosen]]:
        exact = [[feature.value(block) for block in range(len(self.focal))] for feature in self.features]
        return list(all_choices(exact, self.eligible, literals, self.directions, mixed=mixed))


@st.composite
def cases(draw: st.DrawFn, *, features: int, directions: tuple[str, ...] = ("at_least", "both"), signed: bool = False) -> Case:
    size = draw(st.integers(1, 7))

    def column(items: st.SearchStrategy) -> list:
        return draw(st.lists(items, min_size=size, max_size=size))

    focal = column(st.integers(0, 5))
    limits = {"other": st.integers(0, 15), "students": st.integers(0, 25), "blocks": st.integers(0, size)}
    return Case(
        columns=[column(NUMBERS) for _ in range(features)],
        focal=focal,
        other=column(st.integers(0, 5)),
        values=column(st.integers(-4, 4)) if signed else focal,
        eligible=column(st.sampled_from([True, True, True, False])),
        budgets={name: draw(limit) for name, limit in limits.items() if draw(st.booleans())},
        directions=draw(st.sampled_from(directions)),
    )


def agree(case: Case, answer: RuleAnswer, literals: int, feasible: Callable[[Chosen], bool] | None = None, *, mixed: bool = True) -> None:
    choices = case.choices(literals, mixed=mixed)
    expected = best_entry(choices, case.focal, case.other, case.values, case.budgets, feasible or (lambda chosen: True))
    assert answer.exact
    assert answer.rules == len(choices)
    if expected is None:
        assert answer.value is None and answer.rule is None and not answer.chosen.any()
        return
    assert (answer.value, answer.other) == (expected.value, expected.other)
    assert answer.bound == answer.value
    assert (0 if answer.rule is None else len(answer.rule.literals)) == expected.literals
    for step in answer.steps:
        part = best_entry(
            [entry for entry in choices if entry[0] <= step.literals], case.focal, case.other, case.values, case.budgets,
            feasible or (lambda chosen: True),
        )
        assert (step.value, step.other) == ((None, None) if part is None else (part.value, part.other))


@settings(deadline=None, max_examples=30)
@given(cases(features=3))
def test_two_literals_equal_enumeration(case: Case) -> None:
    agree(case, case.search(2), 2)


@settings(deadline=None, max_examples=30)
@given(cases(features=3, directions=("at_least",)))
def test_three_literals_equal_enumeration(case: Case) -> None:
    agree(case, case.search(3), 3)


@settings(deadline=None, max_examples=25)
@given(cases(features=2, directions=("both",), signed=True))
def test_intervals_and_values_of_any_sign_equal_enumeration(case: Case) -> None:
    agree(case, case.search(3), 3)


@settings(deadline=None, max_examples=30)
@given(cases(features=5, directions=("at_least",)))
def test_four_literals_equal_enumeration(case: Case) -> None:
    agree(case, case.search(4), 4)


@settings(deadline=None, max_examples=30)
@given(cases(features=3, signed=True))
def test_branch_and_bound_equals_enumeration_of_ands_and_ors(case: Case) -> None:
    answer = case.search(3, max_cells=0)
    agree(case, answer, 3, mixed=answer.mixed)


@settings(deadline=None, max_examples=30)
@given(cases(features=3, directions=("at_least",)), st.integers(2, 3), st.integers(0, 2**31))
def test_side_rules_equal_enumeration(case: Case, literals: int, salt: int) -> None:
    # Any accepted set of choices will do, monotone or not: a third of all of them, picked by a fixed recipe.
    def feasible(chosen: Chosen) -> bool:
        return (sum((salt >> block) * (block + 7) for block in chosen) + salt) % 3 == 0

    answer = case.search(literals, feasible=lambda chosen: feasible(frozenset(np.flatnonzero(chosen).tolist())))
    agree(case, answer, literals, feasible)


@settings(deadline=None, max_examples=25)
@given(cases(features=4, directions=("at_least",)), st.integers(0, 2**31))
def test_side_rules_with_four_literals_equal_enumeration(case: Case, salt: int) -> None:
    def feasible(chosen: Chosen) -> bool:
        return (sum((salt >> block) * (block + 7) for block in chosen) + salt) % 3 == 0

    answer = case.search(4, feasible=lambda chosen: feasible(frozenset(np.flatnonzero(chosen).tolist())))
    agree(case, answer, 4, feasible)


@settings(deadline=None, max_examples=30)
@given(cases(features=3), st.integers(1, 3))
def test_the_answer_is_what_its_rule_says(case: Case, literals: int) -> None:
    answer = case.search(literals)
    if answer.rule is None:
        assert not answer.chosen.any()
        return
    by_name = {feature.name: feature for feature in case.features}
    again = Rule.from_form(answer.rule.form())
    assert again == answer.rule
    assert np.array_equal(again.evaluate(by_name) & np.array(case.eligible), answer.chosen)
    assert answer.focal == sum(np.array(case.focal)[answer.chosen])
    assert answer.blocks == answer.chosen.sum()
    assert len(answer.rule.literals) <= literals
    assert answer.looked_at <= answer.rules


@settings(deadline=None, max_examples=30)
@given(cases(features=3), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_rule(case: Case, shuffler: object) -> None:
    order = list(range(len(case.focal)))
    shuffler.shuffle(order)
    moved = Case(
        [[column[b] for b in order] for column in case.columns],
        *([column[b] for b in order] for column in (case.focal, case.other, case.values, case.eligible)),
        case.budgets, case.directions,
    )
    assert moved.search(3).rule == case.search(3).rule


@settings(deadline=None, max_examples=30)
@given(cases(features=1), st.integers(0, 15))
def test_the_relaxation_bounds_every_set(case: Case, limit: int) -> None:
    focal, other = np.array(case.focal), np.array(case.other)
    weights = make_weights(focal, focal, other, {"other": limit})
    blocks = range(len(focal))
    sets = [[b for b in blocks if number >> b & 1] for number in range(1 << len(focal))]
    best = max(int(weights.keys[chosen].sum()) for chosen in sets if other[chosen].sum() <= limit)
    bound = key_bound(weights, knapsacks(weights), np.ones(len(focal), dtype=bool))
    assert best <= bound
    assert weights.value(bound) - weights.value(best) <= max(focal)


@settings(deadline=None, max_examples=30)
@given(cases(features=3, directions=("at_least",)), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**31))
def test_with_few_candidates_exact_still_means_exact(case: Case, literals: int, most: int, salt: int) -> None:
    def feasible(chosen: Chosen) -> bool:
        return (sum((salt >> block) * (block + 7) for block in chosen) + salt) % 7 == 0

    answer = case.search(
        literals, feasible=lambda chosen: feasible(frozenset(np.flatnonzero(chosen).tolist())), max_candidates=most
    )
    expected = best_entry(iter(case.choices(literals)), case.focal, case.other, case.values, case.budgets, feasible)
    if answer.exact:
        assert (answer.value is None) == (expected is None)
        assert expected is None or (answer.value, answer.other) == (expected.value, expected.other)
    elif answer.value is not None:
        assert expected is not None and answer.value <= expected.value <= answer.bound
        assert feasible(frozenset(np.flatnonzero(answer.chosen).tolist()))


@settings(deadline=None, max_examples=30)
@given(cases(features=3), st.integers(1, 25), st.booleans())
def test_windows_change_nothing(case: Case, cells: int, checked: bool) -> None:
    """Tables cut into windows give the same rule as whole tables, thresholds included."""
    members = np.array(case.eligible)
    focal, other, values = (np.array(column)[members] for column in (case.focal, case.other, case.values))
    axes = make_axes(case.features, case.directions, members, None if checked else values > 0)
    weights = make_weights(values, focal, other, case.budgets)
    found = []
    for size in (cells, TABLE_CELLS):
        check = Checker(lambda chosen: bool(chosen[::2].sum() % 2), members, 10**6)
        check.begin()
        collector = Pool(1, 10**6, check, axes) if checked else Best(1)
        scan = Scan(axes, weights, collector, lambda: False, size)
        for literals in (1, 2, 3):
            scan.run(literals)
        rule = collector.settle()
        found.append(None if rule is None else (rule.key, rule.family, rule.numbers))
    assert found[0] == found[1]


def scattered(seed: int, blocks: int, features: int) -> Case:
    """A table on which good rules need several literals.

    Even seeds: every feature tells a little of a block's students ("and"); odd: one high feature is enough ("or").
    """
    rng = np.random.default_rng(seed)
    focal, other = rng.integers(0, 9, blocks), rng.integers(0, 9, blocks)
    columns = [np.clip(focal - other + rng.integers(-9, 10, blocks), -5, 5) // 3 for _ in range(features)]
    if seed % 2:
        columns = [rng.integers(0, 6, blocks) * (rng.random(blocks) < 0.4) for _ in range(features)]
        rich = np.max(columns, axis=0) >= 4
        focal, other = np.where(rich, focal, focal // 4), np.where(rich, other // 4, other)
    budgets = {"other": int(other.sum()) // 3} | ({"blocks": blocks // 3} if seed % 3 == 0 else {})
    return Case(
        [column.tolist() for column in columns], focal.tolist(), other.tolist(), focal.tolist(),
        (rng.random(blocks) < 0.9).tolist(), budgets, "at_least",
    )


def test_branch_and_bound_on_tables_that_need_many_literals() -> None:
    lengths = []
    for seed in range(14):
        case = scattered(seed, 22, 5)
        answer = case.search(4, max_cells=0)
        assert not answer.mixed
        agree(case, answer, 4, mixed=False)
        lengths.append((len(answer.rule.literals), type(answer.rule.node).__name__))
    assert {"All", "AnyOf"} == {kind for number, kind in lengths if number >= 3}
    assert max(number for number, _ in lengths) == 4


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), max_size=120), st.integers(1, 6), st.integers(1, 10))
def test_a_pool_tries_the_best_in_order(offers: list[tuple[int, int]], most: int, part: int) -> None:
    """Offered a few at a time, dropping as it goes, the pool tries exactly the best of all, best first."""
    axis = Axis("x", True, False, tuple(map(Fraction, range(1, 6))), np.arange(1, 6), 5)
    tried: list[int] = []
    check = Checker(lambda chosen: bool(tried.append(int(chosen.sum()))), np.ones(5, dtype=bool), 10**6)
    check.begin()
    pool = Pool(0, most, check, [axis])
    for order, start in enumerate(range(0, len(offers), part)):
        some = [offer for offer in offers[start : start + part] if offer[0] >= pool.floor]
        if some:
            keys, numbers = (np.array(column) for column in zip(*some, strict=True))
            pool.offer(Family("one", (0,), order), keys, [numbers])
    assert pool.settle() is None
    ranked = sorted((-key, place // part, -number) for place, (key, number) in enumerate(offers))[:most]
    assert tried == list(dict.fromkeys(6 + number for _, _, number in ranked))
    assert pool.dropped == (len(offers) > most)


@pytest.mark.parametrize("seed", range(8))
def test_a_pool_that_drops_rules_still_finds_the_best(seed: int) -> None:
    case = scattered(seed, 40, 4)

    def feasible(chosen: Chosen) -> bool:
        return sum(block * block for block in chosen) % 11 == 0

    answer = case.search(3, feasible=lambda chosen: feasible(frozenset(np.flatnonzero(chosen).tolist())), max_candidates=60)
    agree(case, answer, 3, feasible)


def test_too_few_candidates_are_admitted() -> None:
    rng = np.random.default_rng(5)
    features = [Feature.of(name, rng.integers(0, 9, 60)) for name in "abc"]
    focal, other = rng.integers(0, 9, 60), rng.integers(0, 9, 60)
    options = {"budgets": {"other": 40}, "feasible": lambda chosen: chosen.sum() == 1}
    wanted = best_rule(features, focal, other, [True] * 60, **options)
    assert wanted.exact and wanted.rule is not None and wanted.blocks == 1
    short = best_rule(features, focal, other, [True] * 60, max_candidates=3, **options)
    assert not short.exact
    assert short.bound >= wanted.value
