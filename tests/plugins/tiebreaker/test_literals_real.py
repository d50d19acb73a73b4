"""The rule search on the city table."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evenhand_tiebreaker.literals import Feature, best_rule, evaluate, parse

COUNTS = ("n_frl", "n_aalpi", "n_both", "n_aafrl")


class City:
    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self.focal = table["n_both"].to_numpy()
        self.other = (table["n"] - table["n_both"]).to_numpy()
        self.features = {name: Feature.of_booleans(name, table[name]) for name in ("housing", "redline")}
        self.features |= {name: Feature.of(name, table[name].to_numpy()) for name in COUNTS}
        shares = (Feature.of_share(f"share:{name}", table[name], table["n"]) for name in COUNTS)
        self.features |= {feature.name: feature for feature in shares}
        node, troubles = parse({"any": ["housing", "redline"]})
        assert node is not None and not troubles
        self.eligible = evaluate(node, self.features)
        self.limit = int(self.other.sum()) * 16 // 100


@pytest.fixture(scope="module")
def city(shared_data: Path) -> City:
    file = shared_data / "tiebreaker" / "sf_blocks_semisynthetic.csv"
    return City(pd.read_csv(file, dtype={"geoid": str, "tract": str}))


def test_eligible_blocks(city: City) -> None:
    assert np.array_equal(city.eligible, (city.table["housing"] == 1) | (city.table["redline"] == 1))


def test_one_literal_on_the_focal_share_is_the_best_threshold(city: City) -> None:
    answer = best_rule(
        [city.features["share:n_both"]], city.focal, city.other, city.eligible, literals=1, budgets={"other": city.limit}
    )
    groups: dict[Fraction, list[int]] = {}
    for p, q in zip(city.focal[city.eligible].tolist(), city.other[city.eligible].tolist(), strict=True):
        if p + q:
            group = groups.setdefault(Fraction(p, p + q), [0, 0])
            group[0] += p
            group[1] += q
    reached, spent, cut = 0, 0, None
    for share in sorted(groups, reverse=True):
        if spent + groups[share][1] > city.limit:
            break
        reached, spent, cut = reached + groups[share][0], spent + groups[share][1], share
    assert answer.rule is not None
    assert (answer.value, answer.other) == (reached, spent)
    assert answer.rule.literals[0].threshold == cut


def test_more_literals_never_reach_less_and_no_rule_beats_the_bound(city: City) -> None:
    names = ["housing", "n_frl", "n_aalpi", "share:n_both"]
    features = [city.features[name] for name in names]
    stopped = best_rule(
        features, city.focal, city.other, city.eligible, budgets={"other": city.limit}, stop=lambda: True
    )
    answer = best_rule(features, city.focal, city.other, city.eligible, literals=3, budgets={"other": city.limit})
    values = [step.value for step in answer.steps]
    assert values == sorted(values)
    assert answer.exact
    assert answer.other <= city.limit
    assert not stopped.exact
    assert answer.value <= stopped.bound
    assert np.array_equal(answer.chosen, answer.rule.evaluate(city.features) & city.eligible)


def test_a_floor_as_side_rule(city: City) -> None:
    features = [city.features[name] for name in ("housing", "n_frl", "share:n_both")]
    group = city.table["n_aafrl"].to_numpy()
    free = best_rule(features, city.focal, city.other, city.eligible, budgets={"other": city.limit})
    wanted = int(group[free.chosen].sum()) + 5
    bound = best_rule(
        features, city.focal, city.other, city.eligible, budgets={"other": city.limit},
        feasible=lambda chosen: int(group[chosen].sum()) >= wanted,
    )
    assert bound.exact
    assert bound.value is None or (bound.value <= free.value and group[bound.chosen].sum() >= wanted)
