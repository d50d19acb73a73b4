"""Made-up instances of few schools for the searches: seeded ones, and a strategy that looks for trouble."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from evenhand_cep.claiming import ROUNDINGS, ClaimingRule
from evenhand_cep.instance import Instance


def random_instance(seed: int, *, size: int = 7, max_groups: int = 3, rounding: str = "none", opting_out: bool = False,
                    digits: int = 0) -> Instance:
    """A made-up instance around a minimum of 40 %; ``digits`` decimals in the counts."""
    rng = np.random.default_rng(seed)
    enrolled = np.round(rng.uniform(50.0, 900.0, size), digits)
    identified = np.round(enrolled * rng.uniform(0.25, 0.75, size), digits)
    slope = np.round(enrolled * rng.uniform(50.0, 600.0, size), 2)
    out = np.round(slope * rng.uniform(0.0, 0.9, size), 2) if opting_out else None
    return Instance.build(enrolled, identified, slope, rule=ClaimingRule("1.6", "0.4", rounding),
                          max_groups=max_groups, outside=out, must_join=np.zeros(size) if opting_out else None)


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """Up to 6 schools; ISPs at, just under and just over the minimum are common, and so are counts beyond 64 bits."""
    size = draw(st.integers(1, 6))
    opting_out = draw(st.booleans())
    fineness = draw(st.sampled_from([1, 1, 10**13]))
    enrolled, identified = [], []
    for _ in range(size):
        whole = draw(st.sampled_from([10, 20, 50, 100, 125, 997, 10_000]))
        part = draw(st.sampled_from(["0.25", "0.4", "0.4001", "0.39995", "0.62505", "0.625", "1", "0"])
                    | st.integers(0, 100).map(lambda percent: str(Fraction(percent, 100))))
        nudge = Fraction(draw(st.integers(-2, 2)), fineness) if fineness > 1 else Fraction(0)
        enrolled.append(Fraction(whole))
        identified.append(min(max(Fraction(part) * whole + nudge, Fraction(0)), Fraction(whole)))
    money = st.integers(0, 1000).map(float)
    columns = {name: [draw(money) for _ in range(size)] for name in ("slope", "constant", "full", "outside")}
    if draw(st.booleans()):
        columns["constant"] = columns["full"] = [0.0] * size
    fate = [draw(st.sampled_from(["free", "free", "free", "join", "out"])) if opting_out else "join"
            for _ in range(size)]
    apart = [draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=3, unique=True))
             for _ in range(draw(st.integers(0, 2)))] if size > 2 else []
    rule = ClaimingRule(draw(st.sampled_from(["1.6", "1.3", "2.5"])),
                        draw(st.sampled_from(["0", "0.25", "0.4", "0.41235", "1"])), draw(st.sampled_from(ROUNDINGS)))
    return Instance.build(enrolled, identified, columns["slope"], rule=rule, max_groups=draw(st.integers(1, 5)),
                          constant=columns["constant"], full=columns["full"], outside=columns["outside"],
                          must_join=[name == "join" for name in fate], must_stay_out=[name == "out" for name in fate],
                          different_group=apart)
