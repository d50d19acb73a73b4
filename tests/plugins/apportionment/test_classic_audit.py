"""Indices, quota violations, paradoxes and margins."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evenhand_apportionment.classic.apportion import apportion
from evenhand_apportionment.classic.audit import quota_violations
from evenhand_apportionment.classic.failures import NoApportionmentError
from evenhand_apportionment.classic.indices import INDICES, indices
from evenhand_apportionment.classic.margins import margin
from evenhand_apportionment.classic.paradoxes import Loss, alabama_paradoxes, fair_share, population_paradoxes
from tests.plugins.apportionment.classic_oracle import SIGNPOSTS, claim

quick = settings(deadline=None, max_examples=40)
crowds = st.lists(st.integers(1, 500), min_size=2, max_size=6)


def test_indices_by_hand() -> None:
    # v = 0.5, 0.3, 0.2; s = 0.6, 0.2, 0.2; gaps 0.1, -0.1, 0.
    found = indices([50, 30, 20], [6, 2, 2])
    assert found == pytest.approx({
        "gallagher": 0.1, "loosemore_hanby": 0.1, "rae": 0.2 / 3, "dhondt": 1.2,
        "sainte_lague": 0.01 / 0.5 + 0.01 / 0.3,
        # Ratios 2/3, 1, 1.2: twice the area under (0.3, 0.2), (0.5, 0.4), (1, 1) is 0.06 + 0.12 + 0.7.
        "gini": 0.12})
    assert tuple(found) == INDICES


def test_an_exact_division_has_no_index() -> None:
    found = indices([50, 30, 20], [5, 3, 2])
    assert found == {"gallagher": 0.0, "loosemore_hanby": 0.0, "rae": 0.0, "dhondt": 1.0, "sainte_lague": 0.0, "gini": 0.0}


def test_units_without_population_leave_the_ratio_indices_empty() -> None:
    found = indices([0, 10], [1, 1])
    assert [name for name, value in found.items() if value is None] == ["sainte_lague", "dhondt", "gini"]
    assert found["loosemore_hanby"] == 0.5
    assert indices([0, 10], [0, 2])["gini"] == 0.0
    assert set(indices([1, 2], [0, 0]).values()) == {None}


@quick
@given(crowds, st.integers(1, 40))
def test_gini_is_the_mean_difference_of_ratios(people, k) -> None:
    units = apportion(people, k, "adams").units.tolist()
    total = sum(people)
    ratio = [Fraction(a * total, p * k) for p, a in zip(people, units, strict=True)]
    share = [Fraction(p, total) for p in people]
    apart = sum(v * w * abs(r - s) for v, r in zip(share, ratio, strict=True) for w, s in zip(share, ratio, strict=True))
    assert indices(people, units)["gini"] == pytest.approx(float(apart / 2), abs=1e-12)


def test_many_groups_have_the_indices_of_the_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    from evenhand_apportionment.classic import indices as module

    rng = np.random.default_rng(5)
    for least in (0, 1):
        people = rng.integers(least, 10**9, 300)
        people[:9] = [7, 7, 7, 3 * 10**9, 1, 2, 3, 10**12, 5]
        units = np.where(people > 0, rng.integers(0, 40, 300), 0)
        units[:3] = [1, 1, 2]
        exact = indices(people, units)
        monkeypatch.setattr(module, "MANY", 0)
        found = indices(people, units)
        monkeypatch.undo()
        assert found.pop("sainte_lague") == pytest.approx(exact.pop("sainte_lague"), rel=4e-15)
        assert found == exact
    huge = [2**61, 2**61 - 1, 5]
    monkeypatch.setattr(module, "MANY", 0)  # products of these leave 64 bits
    assert indices(huge, [4, 3, 1])["loosemore_hanby"] == pytest.approx(0.125)


def test_quota_violations_include_exactly_one_unit_off() -> None:
    # Quotas 5, 3, 2.
    assert quota_violations([50, 30, 20], [6, 3, 1]) == [(0, "upper"), (2, "lower")]
    # Quotas 5.5, 4.5: 6.5 would be a whole unit off, 6 is not.
    assert quota_violations([55, 45], [6, 4]) == []
    big = 10**20
    assert quota_violations([5 * big + 1, 5 * big], [6, 4]) == []
    assert quota_violations([5 * big - 1, 5 * big], [6, 4]) == [(0, "upper"), (1, "lower")]


def test_the_alabama_paradox_by_hand() -> None:
    # Quotas 4.286, 4.286, 1.429 of 10 and 4.714, 4.714, 1.571 of 11: the small one loses its second unit.
    assert alabama_paradoxes([6, 6, 2], 9, 12, "hamilton") == [Loss(11, 2, 2, 1)]
    for method in ("webster", "adams", "quota_balinski_young"):
        assert alabama_paradoxes([6, 6, 2], 1, 40, method) == []


@quick
@given(crowds, st.sampled_from(["hamilton", "droop", "hagenbach_bischoff"]), st.integers(1, 20))
def test_paradoxes_are_the_losses_between_neighbouring_sizes(people, method, least) -> None:
    found = []
    for k in range(least, least + 8):
        try:
            old, new = (apportion(people, size, method).units for size in (k, k + 1))
        except NoApportionmentError:
            continue
        found += [Loss(k + 1, i, int(old[i]), int(new[i])) for i in range(len(people)) if new[i] < old[i]]
    assert alabama_paradoxes(people, least, least + 8, method) == found


def test_population_paradox_by_hand() -> None:
    # Quotas of 10: 3.06, 1.43, 5.51, then 3.30, 1.38, 5.32. The third grew by 7.4 %, the second by 7.1 %.
    before, after = [30, 14, 54], [36, 15, 58]
    old, new = apportion(before, 10, "hamilton").units.tolist(), apportion(after, 10, "hamilton").units.tolist()
    assert (old, new) == ([3, 1, 6], [3, 2, 5])
    assert population_paradoxes(before, old, after, new) == [(2, 1)]
    assert population_paradoxes([100, 100], [5, 5], [120, 110], [4, 6]) == [(0, 1)]
    assert population_paradoxes([100, 100], [5, 5], [110, 120], [4, 6]) == []
    assert population_paradoxes([0, 100], [5, 5], [120, 110], [4, 6]) == []


def test_fair_share_rounds_a_half_up_and_is_at_least_one() -> None:
    assert [fair_share(p, 100, 10) for p in (1, 14, 15, 25)] == [1, 1, 2, 3]


@quick
@given(crowds, st.integers(2, 40), st.sampled_from(sorted(SIGNPOSTS)))
def test_the_margin_is_the_least_number_that_wins(people, k, method) -> None:
    answer = apportion(people, k, method)
    close = margin(people, answer)
    assume(close is not None)
    i, j = close.last.group, close.next.group
    beaten = claim(method, people[i], close.last.unit - 1)
    if close.fewer is not None:
        following = claim(method, people[j], close.next.unit - 1)
        assert claim(method, people[i] - close.fewer, close.last.unit - 1) < following
        assert close.fewer == 0 or claim(method, people[i] - close.fewer + 1, close.last.unit - 1) >= following
    if close.people is None:
        assert close.last.exact is None and close.next.exact is not None
        return
    assert claim(method, people[j] + close.people, close.next.unit - 1) > beaten
    assert close.people == 0 or claim(method, people[j] + close.people - 1, close.next.unit - 1) <= beaten


@quick
@given(crowds, st.integers(2, 30), st.sampled_from(["hamilton", "droop", "hagenbach_bischoff"]))
def test_the_margin_under_a_quota_counts_the_newcomers(people, k, method) -> None:
    try:
        answer = apportion(people, k, method)
    except NoApportionmentError:
        assume(False)
    close = margin(people, answer)
    assume(close is not None)
    i, j, total = close.last.group, close.next.group, sum(people)

    def wins(x: int) -> bool:
        q = {"hamilton": Fraction(total + x, k), "hagenbach_bischoff": Fraction(total + x, k + 1),
             "droop": Fraction((total + x) // (k + 1) + 1)}[method]
        return (people[j] + x) / q - close.next.unit > people[i] / q - close.last.unit

    if close.people is None:
        assert not any(wins(x) for x in range(2000))
    else:
        assert wins(close.people)
        assert not any(wins(x) for x in range(max(0, close.people - 3000), close.people))
