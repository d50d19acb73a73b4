"""The cheapest honest answer for one district: what a run that must stop now gives for districts it never reached."""

from __future__ import annotations

import numpy as np

from evenhand_cep.instance import Instance
from evenhand_cep.prices import certificate
from evenhand_cep.prices.bound_any import bound_any
from evenhand_cep.prices.curve import PriceCurve, share_range
from evenhand_cep.prices.feasibility import carrying_group
from evenhand_cep.prices.solve import PriceResult


def hasty(instance: Instance) -> PriceResult:
    """One group of all that may join, of those that can carry each other, or none; bounded at prices of zero."""
    candidates = [instance.may_join.astype(np.int64), carrying_group(instance), np.zeros(instance.size, dtype=np.int64)]
    legal = [(instance.value(labels), -number) for number, labels in enumerate(candidates) if instance.is_legal(labels)]
    curve = PriceCurve([share_range(instance).low], [0.0])
    bound = bound_any(instance, curve)
    if not legal:
        return PriceResult(None, None, bound, certificate.any_groups_data(instance, curve, False, bound))
    value, number = max(legal)
    return PriceResult(candidates[-number], value, bound, certificate.any_groups_data(instance, curve, False, bound))
