"""The level relaxation with openings, by a primal-dual interior point method made for its shape.

Levels t_j; x_sj is the part of school s at level j, y_j says how far level j is open, z_s the part outside:

    maximise sum c_sj x_sj   with  sum_j x_sj + z_s = 1,  sum_s d_sj x_sj >= 0,  0 <= x_sj <= y_j,  sum_j y_j <= K

with c = v_s(t_j) - o_s (o_s = 0 where s must join) and d = a_s - need_j N_s. Its dual is bound C on the levels:

    minimise sum_s u_s + K W   with  u_s + w_sj >= c_sj + lambda_j d_sj,  sum_s w_sj <= W,  w, lambda >= 0.

Every iterate here is feasible in the dual, so stopping early only leaves a weaker bound. The normal equations fold
into 2T + 1 unknowns: O(n T^2) per step against minutes for a general solver with its n T link rows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from evenhand_cep.instance import Instance
from evenhand_cep.prices.curve import PriceCurve, ShareGrid
from evenhand_cep.prices.dual import Relaxed, gram, level_slacks, level_worths

Floats = NDArray[np.float64]

MOST_ENTRIES = 12_000_000
"""n x T above which the method is refused: it holds some twenty tables of that size."""

_STEPS = 80


@frozen(eq=False)
class Openings:
    """u per school (in the objective's unit, o_s added back), prices and relaxed weights per level, openings y."""

    anchors: Floats
    relaxed: Relaxed
    openings: Floats


def best_openings(instance: Instance, grid: ShareGrid, start: PriceCurve, stop: Callable[[], bool],
                  accuracy: float = 1e-8) -> Openings | None:
    """Solve the relaxation of the module's text; None when too large or when no school may join.

    Parameters
    ----------
    start : PriceCurve
        Prices to start from.
    accuracy : float
        Relative gap between the relaxation and its dual at which to stop.
    """
    joiners = np.flatnonzero(instance.may_join)
    if not len(joiners) or len(joiners) * len(grid.shares) > MOST_ENTRIES:
        return None
    free = instance.may_stay_out[joiners]
    money = float(np.mean(np.abs(instance.slope[joiners]) + np.abs(instance.full[joiners]))) or 1.0
    people = float(np.mean(instance.enrolled[joiners]))
    outside = np.where(free, instance.outside[joiners], 0.0)
    worths = (level_worths(instance, grid)[joiners] - outside[:, None]) / money
    slacks = level_slacks(instance, grid)[joiners] / people
    prices = np.maximum(1e-3, start.at(grid.shares) * people / money)
    method = _InteriorPoint(worths, slacks, free, float(instance.max_groups), prices)
    method.run(stop, accuracy)
    anchors = np.zeros(instance.size)
    anchors[joiners] = method.u * money + outside
    # Rounding in the last place must not push u under o_s: there it would not be a bound.
    anchors[joiners] = np.where(free, np.maximum(anchors[joiners], outside), anchors[joiners])
    weights = np.zeros((instance.size, len(grid.shares)))
    weights[joiners] = np.clip(method.x, 0.0, 1.0)
    return Openings(anchors, Relaxed(grid, PriceCurve(grid.shares, method.prices * money / people), weights), method.y)


class _InteriorPoint:
    """Mehrotra's predictor-corrector. Complementary pairs: (x, sx), (r, w), (y, sy), (q, lambda), (z, u), (k, W)."""

    def __init__(self, worths: Floats, slacks: Floats, free: NDArray[np.bool_], groups: float, prices: Floats) -> None:
        self.worths, self.slacks, self.free, self.groups = worths, slacks, free, groups
        size, levels = worths.shape
        self.y = np.full(levels, groups / (levels + 1.0))
        self.k = groups / (levels + 1.0)
        self.x = np.broadcast_to(np.minimum(1.0 / (levels + 1.0), 0.5 * self.y), worths.shape).copy()
        self.r = self.y - self.x
        self.z = np.where(free, 1.0 / (levels + 1.0), 0.0)
        self.prices = prices.copy()
        reduced = worths + slacks * prices
        top = reduced.max(axis=1)
        margin = 0.05 * float(np.mean(np.abs(worths))) + 1e-6
        self.u = np.where(free, np.maximum(top, 0.0), top) + margin
        self.w = np.full(worths.shape, margin)
        self.total = 1.1 * margin * size
        self.q = np.maximum((slacks * self.x).sum(axis=0), 0.01 * size / (levels + 1.0))
        self.count = 2 * size * levels + 2 * levels + 1 + int(free.sum())

    @property
    def sx(self) -> Floats:
        return self.u[:, None] + self.w - self.prices * self.slacks - self.worths

    @property
    def sy(self) -> Floats:
        return self.total - self.w.sum(axis=0)

    def run(self, stop: Callable[[], bool], accuracy: float) -> None:
        for _ in range(_STEPS):
            if stop() or not self._step(accuracy):
                return

    def _step(self, accuracy: float) -> bool:
        x, r, y, q, z, u, w = self.x, self.r, self.y, self.q, self.z, self.u, self.w
        sx, sy = self.sx, self.sy
        complement = float((x * sx).sum() + (r * w).sum() + y @ sy + q @ self.prices + z[self.free] @ u[self.free]
                           + self.k * self.total)
        lack_school = 1.0 - x.sum(axis=1) - z
        lack_slack = q - (self.slacks * x).sum(axis=0)
        lack_link = y - x - r
        lack_open = self.groups - float(y.sum()) - self.k
        scale = abs(float(u.sum()) + self.groups * self.total) + 1.0
        lacks = max(float(np.abs(lack_school).max()), float(np.abs(lack_slack).max()) / max(1.0, len(x)),
                    float(np.abs(lack_link).max()))
        if complement < accuracy * scale and lacks < 1e-6:
            return False
        mu = complement / self.count
        a, b = x / sx, r / w
        g = 1.0 / (a + b)
        f = a * g
        e = f * b
        depth = e.sum(axis=1) + np.where(self.free, z / np.where(self.free, u, 1.0), 0.0)
        both = np.concatenate([e * self.slacks, f], axis=1)
        product = gram(both / np.sqrt(depth)[:, None])
        levels = len(y)
        matrix = np.zeros((2 * levels + 1, 2 * levels + 1))
        one, two = slice(0, levels), slice(levels, 2 * levels)
        cross = (self.slacks * f).sum(axis=0)
        matrix[one, one] = np.diag((self.slacks * e * self.slacks).sum(axis=0) + q / self.prices) - product[one, one]
        matrix[one, two] = np.diag(cross) - product[one, two]
        matrix[two, one] = product[two, one] - np.diag(cross)
        matrix[two, two] = np.diag(sy / y + g.sum(axis=0)) + product[two, two]
        matrix[two, -1] = 1.0
        matrix[-1, two] = 1.0
        matrix[-1, -1] = -self.k / self.total

        def direction(cx: Floats, cr: Floats, cy: Floats, cq: Floats, cz: Floats, ck: float) -> tuple[Floats, ...]:
            lifted = cx / sx
            h = lack_link - lifted - cr / w
            settled = lifted + f * h
            rho = settled.sum(axis=1) - lack_school + np.where(self.free, cz / np.where(self.free, u, 1.0), 0.0)
            folded = np.einsum("ij,i->j", both, rho / depth)
            right = np.concatenate([
                lack_slack + cq / self.prices - (self.slacks * settled).sum(axis=0) + folded[one],
                cy / y - (g * h).sum(axis=0) - folded[two], [lack_open - ck / self.total]])
            solved = np.linalg.solve(matrix, right)
            d_prices, d_y, d_total = solved[one], solved[two], float(solved[-1])
            d_u = (rho + np.einsum("ij,j->i", both, solved[:-1])) / depth
            moved = d_u[:, None] - self.slacks * d_prices
            d_w = -(h + a * moved + d_y) * g
            d_x = lifted - a * (moved + d_w)
            d_r = cr / w - b * d_w
            d_q = cq / self.prices - q / self.prices * d_prices
            d_z = np.where(self.free, (cz - z * d_u) / np.where(self.free, u, 1.0), 0.0)
            d_k = (ck - self.k * d_total) / self.total
            return d_x, d_r, d_y, d_q, d_z, np.array([d_k]), d_u, d_w, d_prices, np.array([d_total])

        try:
            ahead = direction(-x * sx, -r * w, -y * sy, -q * self.prices, -z * u, -self.k * self.total)
            primal, dual, changes = self._lengths(ahead, sx, sy)
            d_x, d_r, d_y, d_q, d_z, d_k, d_u, d_w, d_prices, d_total = ahead
            d_sx, d_sy = changes
            after = float(((x + primal * d_x) * (sx + dual * d_sx)).sum()
                          + ((r + primal * d_r) * (w + dual * d_w)).sum()
                          + (y + primal * d_y) @ (sy + dual * d_sy)
                          + (q + primal * d_q) @ (self.prices + dual * d_prices)
                          + (z + primal * d_z)[self.free] @ (u + dual * d_u)[self.free]
                          + (self.k + primal * d_k[0]) * (self.total + dual * d_total[0]))
            target = mu * max(1e-4, (max(after, 0.0) / complement) ** 3)
            final = direction(target - x * sx - d_x * d_sx, target - r * w - d_r * d_w, target - y * sy - d_y * d_sy,
                              target - q * self.prices - d_q * d_prices, target - z * u - d_z * d_u,
                              target - self.k * self.total - float(d_k[0] * d_total[0]))
        except np.linalg.LinAlgError:
            return False
        primal, dual, _ = self._lengths(final, sx, sy)
        if not np.isfinite(primal + dual) or max(primal, dual) < 1e-8:
            return False
        keep = 0.995
        primal, dual = min(1.0, keep * primal), min(1.0, keep * dual)
        self.x, self.r, self.y = x + primal * final[0], r + primal * final[1], y + primal * final[2]
        self.q, self.z, self.k = q + primal * final[3], z + primal * final[4], self.k + primal * float(final[5][0])
        self.u, self.w = u + dual * final[6], w + dual * final[7]
        self.prices, self.total = self.prices + dual * final[8], self.total + dual * float(final[9][0])
        return True

    def _lengths(self, step: tuple[Floats, ...], sx: Floats, sy: Floats) -> tuple[float, float, tuple[Floats, Floats]]:
        d_x, d_r, d_y, d_q, d_z, d_k, d_u, d_w, d_prices, d_total = step
        d_sx = d_u[:, None] + d_w - d_prices * self.slacks
        d_sy = d_total[0] - d_w.sum(axis=0)
        primal = min(_room(self.x, d_x), _room(self.r, d_r), _room(self.y, d_y), _room(self.q, d_q),
                     _room(self.z[self.free], d_z[self.free]), _room(np.array([self.k]), d_k))
        dual = min(_room(sx, d_sx), _room(self.w, d_w), _room(sy, d_sy), _room(self.prices, d_prices),
                   _room(self.u[self.free], d_u[self.free]), _room(np.array([self.total]), d_total))
        return primal, dual, (d_sx, d_sy)


def _room(values: Floats, step: Floats) -> float:
    """How far along a step the values stay positive, at most 1 / 0.995."""
    steepest = float(np.min(step / values, initial=0.0))
    return min(1.0 / 0.995, -1.0 / steepest) if steepest < 0 else 1.0 / 0.995
