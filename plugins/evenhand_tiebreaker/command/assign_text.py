"""The effects in words: the sentence, the notes, the table of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenhand.report.format import MINUS, UNDEFINED, count, share
from evenhand_tiebreaker.matching.effects import GROUPS, MEAN_RANK_NOTE, MEASURES, Effect
from evenhand_tiebreaker.report.suppression import WITHHELD
from evenhand_tiebreaker.words import number_of

if TYPE_CHECKING:
    from evenhand_tiebreaker.command.assignment import Assigned

GROUP_NAMES = {"all": "All applicants", "focal": "Focal", "non_focal": "Not focal",
               "focal_receiving": "Focal, in a receiving block", "focal_not_receiving": "Focal, in no receiving block"}
SHORT_NAMES = {"top1": "first choice", "top3": "first three", "assigned": "any program", "mean_rank": "mean rank"}
MEASURE_NAMES = {"top1": "First choice", "top3": "One of the first three", "assigned": "Any listed program",
                 "mean_rank": "Mean rank"}
SHARES = MEASURES[:3]


def points(difference: float | None) -> str:
    """A difference of two shares in percentage points, with its sign: ``+5.9``."""
    return signed(None if difference is None else 100 * difference, 1)


def signed(value: float | None, digits: int) -> str:
    """A number with its sign; nothing but zeros has none."""
    if value is None:
        return UNDEFINED
    text = f"{abs(value):,.{digits}f}"
    sign = "" if not any(digit in text for digit in "123456789") else "+" if value > 0 else MINUS
    return sign + text


def span(effect: Effect) -> str:
    """The 5-95 % range of a difference: ``+3.0 to +6.1``; a dash with a single lottery."""
    if effect.low is None or effect.high is None:
        return UNDEFINED
    if effect.measure == "mean_rank":
        return f"{signed(effect.low, 2)} to {signed(effect.high, 2)}"
    return f"{points(effect.low)} to {points(effect.high)}"


def sentence(found: Assigned) -> str:
    """What a school board would read out."""
    over = lotteries_words(found)
    if _changes_nothing(found):
        return f"{over} the tiebreaker changes nobody's assignment."
    who = "focal" if found.comparison.size("focal") and found.tells("top3", "focal") else "all"
    effect = found.effect("top3", who)
    name = "focal applicants" if who == "focal" else "applicants"
    every = number_of(found.market.applicants, "applicant", "applicants")
    moves = (f"better off: {moved(found, 'better_off', 'all')}, worse off: {moved(found, 'worse_off', 'all')}, "
             f"of {every}.")
    if not found.tells("top3", who):
        return f"{over}, with the tiebreaker {moves}"
    return (f"{over} {share(effect.with_)} of the {name} get one of their first three programs with the tiebreaker, "
            f"{share(effect.without)} without it. {moves[:1].upper()}{moves[1:]}")


def moved(found: Assigned, move: str, group: str) -> str:
    """How many applicants of a group are moved so: a count of one lottery, hidden if small, or an average of many."""
    average = found.move(move, group).applicants
    if not found.told.tells(move, group):
        return found.cells.mark if (move, group) in found.told.small else WITHHELD
    return found.cells.text(int(average)) if found.comparison.lotteries == 1 else people(average)


def people(average: float) -> str:
    """A number of applicants, averaged over lotteries: to a tenth below 100."""
    if average >= 100 or average == int(average):
        return f"{average:,.0f}"
    return f"{average:.1f}" if average >= 0.05 else "under 0.1"


def _changes_nothing(found: Assigned) -> bool:
    return not found.move("worse_off", "all").applicants and not found.move("better_off", "all").applicants


def lotteries_words(found: Assigned) -> str:
    """``In the lottery of the table`` or ``On average over 200 lotteries``."""
    if found.given_lottery:
        return "In the given lottery"
    runs = found.comparison.lotteries
    return "In one lottery" if runs == 1 else f"On average over {runs:,} lotteries"


def not_served(found: Assigned) -> tuple[int, int]:
    """Focal applicants who do not live in a receiving block, and all focal applicants."""
    return found.comparison.size("focal_not_receiving"), found.comparison.size("focal")


def outside_words(found: Assigned) -> str:
    """What happens to focal applicants whose block does not receive."""
    outside, every = not_served(found)
    if not every:
        return "No applicant is focal."
    if {"focal", "focal_not_receiving"} & found.hidden:
        return "How many focal applicants live in no receiving block is not told: they are too few."
    if not outside:
        return "Every focal applicant lives in a receiving block."
    effect = found.effect("top3", "focal_not_receiving")
    live = (f"{outside:,} of {number_of(every, 'focal applicant', 'focal applicants')} "
            f"({share(outside / every)}) live in no receiving block.")
    if not found.tells("top3", "focal_not_receiving"):
        return live
    return (f"{live} One of their first three programs is reached by "
            f"{share(effect.with_)} of them with the tiebreaker and by {share(effect.without)} without it.")


def notes(found: Assigned) -> list[str]:
    """How the numbers are to be read."""
    return [outside_words(found), _displaced(found), *_lotteries(found), _reserve(found),
            f"{MEAN_RANK_NOTE.replace('mean_rank', 'The mean rank')}; a smaller one is better.",
            "The lists of the applicants are the same with and without the tiebreaker. assignments.csv holds "
            + ("the given lottery." if found.given_lottery else "the first lottery only.")]


def _displaced(found: Assigned) -> str:
    part = "focal_not_receiving"
    told = found.tells("displaced", part) and found.move("displaced", part).applicants
    more = f", {moved(found, 'displaced', part)} of them focal applicants in no receiving block" if told else ""
    every = "" if found.comparison.lotteries == 1 else " a lottery"
    return (f"Displaced, with a seat without the tiebreaker and none with it: {moved(found, 'displaced', 'all')} "
            f"applicants{every}{more}. Newly assigned: {moved(found, 'newly_assigned', 'all')}.")


def _lotteries(found: Assigned) -> list[str]:
    if found.given_lottery:
        return ["The table of applicants brings its lottery numbers: exactly this lottery was run, so there are no "
                "intervals."]
    if found.comparison.lotteries == 1:
        return ["A single lottery was drawn, so there are no intervals."]
    return ["Intervals hold nine of ten lotteries. They show the luck of the draw, not that other children may apply "
            "next year."]


def _reserve(found: Assigned) -> str:
    section = found.section
    if not section.reserve:
        return "Every seat is filled with the tiebreaker: no seats are reserved."
    order = ("before the others: who has the tiebreaker and wins one of them leaves the other seats to more who have it"
             if section.reserve_order == "open_first" else
             "after the others: who has the tiebreaker fills the other seats first, which helps fewer of them")
    part = share(float(section.reserve), 0 if (100 * section.reserve).denominator == 1 else 2)
    return (f"{part} of the seats of each program, rounded down, are filled without the tiebreaker and {order} "
            f'(reserve_order = "{section.reserve_order}").')


def table(found: Assigned) -> tuple[list[str], list[list[str]], str]:
    """Headings, rows and title of the terminal's table: every measure of every group."""
    single = found.comparison.lotteries == 1
    headings = ["who", "applicants", "measure", "without", "with", "difference", *(() if single else ("nine of ten",))]
    rows = []
    for group in GROUPS:
        for place, measure in enumerate(MEASURES):
            effect = found.effect(measure, group)
            first = [GROUP_NAMES[group], count(found.comparison.size(group))] if not place else ["", ""]
            rows.append([*first, SHORT_NAMES[measure], value(measure, effect.without),
                         value(measure, effect.with_), change(effect), *(() if single else (span(effect),))])
    return headings, rows, lotteries_words(found)


def value(measure: str, amount: float | None) -> str:
    """A share in percent, or a rank."""
    if amount is None:
        return UNDEFINED
    return f"{amount:.2f}" if measure == "mean_rank" else share(amount)


def change(effect: Effect) -> str:
    """A difference: percentage points, or ranks."""
    return signed(effect.difference, 2) if effect.measure == "mean_rank" else points(effect.difference)
