"""``evenhand tiebreaker assign``: what it writes, what it says, what it refuses."""

from __future__ import annotations

import hashlib
import html
import json
import re
from itertools import product
from pathlib import Path

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand_tiebreaker.command.assign_text import GROUP_NAMES, points, signed
from evenhand_tiebreaker.command.told import SUMS, closed, told
from evenhand_tiebreaker.matching.effects import GROUPS, Comparison
from evenhand_tiebreaker.matching.outputs import EFFECT_COLUMNS
from evenhand_tiebreaker.report.suppression import SmallCells
from tests.plugins.tiebreaker.command_desk import APPLICANTS, BLOCKS, PROGRAMS, Desk, run

DRAWN = "\n".join(line.rpartition(",")[0] for line in APPLICANTS.splitlines()) + "\n"
NASTY = '<script>alert(1)</script>"&'


# -- by hand -----------------------------------------------------------------------------------------------------


def test_the_given_lottery_by_hand(tmp_path: Path) -> None:
    desk = Desk.laid(tmp_path).assigned()
    assert [tuple(row.values()) for row in desk.rows("assignments.csv")] == [
        ("a", "01", "1", "1", "", "", "X", "1"), ("b", "02", "0", "0", "X", "1", "", ""),
        ("c", "03", "1", "0", "Y", "1", "Y", "1"), ("d", "03", "0", "0", "", "", "", "")]
    effects = {(row["measure"], row["group"]): row for row in desk.rows("effects.csv")}
    assert tuple(desk.rows("effects.csv")[0]) == EFFECT_COLUMNS
    assert effects["top1", "focal"] == {"measure": "top1", "group": "focal", "without": "0.5", "with": "1.0",
                                        "difference": "0.5", "low": "", "high": ""}
    assert effects["mean_rank", "non_focal"]["without"] == "1.0"  # b first, d with an empty list: 0 + 1
    assert effects["mean_rank", "non_focal"]["with"] == "2.0"     # b unassigned: 2 + 1
    moves = {(row["move"], row["group"]): row for row in desk.rows("moves.csv")}
    assert moves["displaced", "all"]["applicants"] == moves["newly_assigned", "focal_receiving"]["applicants"] == "1.0"
    assert moves["displaced", "focal_not_receiving"]["applicants"] == "0.0"
    unassigned = {row["group"]: (row["without"], row["with"]) for row in desk.rows("unassigned.csv")}
    assert unassigned["focal"] == ("0.5", "0.0")
    assert unassigned["all"] == ("0.5", "0.5")


def test_what_assign_json_holds(tmp_path: Path) -> None:
    desk = Desk.laid(tmp_path).assigned()
    found = desk.json
    assert (found["format"], found["domain"], found["command"]) == (1, "tiebreaker", "assign")
    assert found["lotteries"] == {"count": 1, "given": True, "seed": None}
    assert found["applicants"] == {"all": 4, "focal": 2, "non_focal": 2, "focal_receiving": 1,
                                   "focal_not_receiving": 1}
    assert found["choice"]["status"] == "optimal"
    for name in ("blocks", "applicants", "programs"):
        digest = hashlib.sha256((tmp_path / f"{name}.csv").read_bytes()).hexdigest()
        assert found["inputs"][name]["sha256"] == digest
    for name, digest in found["files"].items():
        assert hashlib.sha256((desk.out / name).read_bytes()).hexdigest() == digest
    assert set(found["files"]) | {"assign.json"} == {path.name for path in desk.out.iterdir()}
    assert found["versions"]["evenhand"]


def test_json_on_standard_output(tmp_path: Path) -> None:
    desk = Desk.laid(tmp_path)
    ran = run("tiebreaker", "assign", desk.spec, "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["moves"][0]["move"] == "displaced"
    assert not desk.out.exists()


def test_the_terminal_shows_the_effects_and_says_that_nothing_was_written(tmp_path: Path) -> None:
    ran = run("tiebreaker", "assign", Desk.laid(tmp_path).spec)
    assert ran.code == 0
    for said in ("In the given lottery", "Focal, in a receiving block", "mean rank", "+50.0", "Nothing was written",
                 "no intervals", "no seats are reserved", "length of the list + 1"):
        assert said in ran.out, ran.out


def test_the_same_seed_writes_the_same_bytes_and_another_one_does_not(tmp_path: Path) -> None:
    applicants = "applicant,geoid,focal,preferences\n" + "".join(
        f"k{k},0{1 + k % 3},{k % 2},X;Y\n" for k in range(40))
    desk = Desk.laid(tmp_path, applicants=applicants, programs="program,capacity\nX,11\nY,7\n",
                     more="[assignment]\nlotteries = 30\nseed = 4").assigned()
    first = desk.files()
    desk.assigned("--force")
    assert desk.files() == first
    desk.assigned("--force", "--set", "assignment.seed=5")
    assert desk.files()["assigned/effects.csv"] != first["assigned/effects.csv"]
    row = next(row for row in desk.rows("effects.csv") if row["measure"] == "top1" and row["group"] == "focal")
    assert float(row["low"]) <= float(row["difference"]) <= float(row["high"])


def test_the_order_of_the_rows_changes_no_number(tmp_path: Path) -> None:
    rows = [f"k{k},0{1 + k % 3},{k % 2},{'X;Y' if k % 5 else 'Y;X'}" for k in range(40)]
    made = []
    for turned in (rows, rows[::-1]):
        desk = Desk.laid(tmp_path, applicants="\n".join(["applicant,geoid,focal,preferences", *turned]) + "\n",
                         programs="program,capacity\nX,11\nY,7\n", more="[assignment]\nlotteries = 30\nseed = 4")
        desk.assigned("--force")
        assigned = sorted(tuple(row.values()) for row in desk.rows("assignments.csv"))
        made.append((assigned, desk.rows("effects.csv"), desk.rows("moves.csv")))
    assert made[0] == made[1]


# -- what must not change anything ---------------------------------------------------------------------------------


def test_everybody_has_priority_so_nothing_changes(tmp_path: Path) -> None:
    desk = Desk.laid(tmp_path, applicants=DRAWN, problem='eligibility = {any = ["housing", {not = "housing"}]}',
                     blocks=BLOCKS.replace("04,0,0", "04,1,1"))
    text = desk.spec.read_text(encoding="utf-8").replace('eligibility = "housing"\nthreshold = 0.5', "threshold = 0")
    desk.spec.write_text(text, encoding="utf-8")
    desk.assigned("--set", "assignment.reserve=0.5")
    assert {row["difference"] for row in desk.rows("effects.csv")} <= {"0.0", ""}
    assert "changes nobody's assignment" in desk.json["sentence"]


def test_nobody_focal(tmp_path: Path) -> None:
    desk = Desk.laid(tmp_path, applicants=APPLICANTS.replace(",1,X,", ",0,X,").replace(",1,Y,", ",0,Y,")).assigned()
    assert "No applicant is focal" in desk.page
    assert [row["with"] for row in desk.rows("effects.csv") if row["group"] == "focal"] == ["", "", "", ""]


# -- the page ------------------------------------------------------------------------------------------------------


def test_names_are_escaped_on_the_page(tmp_path: Path) -> None:
    blocks = BLOCKS.replace("North", '"' + NASTY.replace('"', '""') + '"')
    spec_name = "n_<b>both"
    desk = Desk.laid(tmp_path, blocks=blocks.replace("n_both", spec_name))
    desk.spec.write_text(desk.spec.read_text(encoding="utf-8").replace("n_both", spec_name), encoding="utf-8")
    page = desk.assigned().page
    assert "<script" not in page
    assert "<b>both" not in page
    assert html.escape(spec_name) in page


def test_the_page_names_order_and_share_of_the_reserve(tmp_path: Path) -> None:
    for order, said in (("open_first", "before the others"), ("open_last", "after the others")):
        desk = Desk.laid(tmp_path, more=f'[assignment]\nreserve = 0.25\nreserve_order = "{order}"')
        page = desk.assigned("--force").page
        assert said in page
        assert "25% of the seats" in page


def test_the_page_loads_nothing_and_names_no_folder(tmp_path: Path) -> None:
    page = Desk.laid(tmp_path).assigned().page
    for word in ("http://", "https://", "<script", str(tmp_path)):
        assert word not in page.replace("http://www.w3.org/", ""), word
    assert "class=\"chart\"" in page


def test_small_groups_are_not_described_unless_asked_for(tmp_path: Path) -> None:
    desk = Desk.laid(tmp_path).assigned()
    assert "better off: &lt;5, worse off: &lt;5" in desk.page
    assert "+50.0" not in desk.page
    desk.assigned("--force", "--set", "problem.suppress_below=0")
    assert "&lt;5" not in desk.page
    assert "+50.0" in desk.page
    assert "1 of 2 focal applicants" in desk.page
    assert "Better off: 1, worse off: 1, of 4 applicants" in desk.page


def test_a_small_group_hides_what_would_give_it_away(tmp_path: Path) -> None:
    """3 of 40 applicants are focal: neither they nor the other 37 are described, only all of them."""
    applicants = "applicant,geoid,focal,preferences\n" + "".join(
        f"k{k},0{1 + k % 3},{int(k < 3)},X;Y\n" for k in range(40))
    page = Desk.laid(tmp_path, applicants=applicants, programs="program,capacity\nX,11\nY,7\n").assigned().page
    table = page[page.index("Effects in numbers"):]
    assert "40" in table[:table.index("Not focal")]
    assert "37" not in table[:table.index("Applicants without any seat")]


# -- refused -------------------------------------------------------------------------------------------------------

BAD = {
    "unknown program": ({"applicants": APPLICANTS + "e,01,1,X;Yy,9\n"}, ("applicants, row 5", "'Yy'", "did you mean")),
    "program twice": ({"applicants": APPLICANTS + "e,01,1,X;X,9\n"}, ("listed twice",)),
    "empty entry": ({"applicants": APPLICANTS + "e,01,1,X;;Y,9\n"}, ("an entry of the list is empty",)),
    "equal lottery numbers": ({"applicants": APPLICANTS + "e,01,1,X,4.0\n"}, ("lottery", "4")),
    "nobody applies": ({"applicants": "applicant,geoid,focal,preferences\n"}, ("applicants", "no rows")),
    "applicant twice": ({"applicants": APPLICANTS + "a,01,1,X,9\n"}, ("applicant",)),
    "unknown block": ({"applicants": APPLICANTS + "e,99,1,X,9\n"}, ("geoid", "is not among the blocks")),
    "focal is no flag": ({"applicants": APPLICANTS + "e,01,2,X,9\n"}, ("focal",)),
    "negative capacity": ({"programs": PROGRAMS + "W,-1\n"}, ("programs, row 4", "capacity")),
    "half a seat": ({"programs": PROGRAMS + "W,1.5\n"}, ("capacity",)),
    "program named twice": ({"programs": PROGRAMS + "X,3\n"}, ("programs", "program")),
    "points for nobody": ({"programs": "program,capacity,priority_sibling\nX,1,1\nY,1,1\n"}, ("sibling",)),
}


@pytest.mark.parametrize("name", list(BAD))
def test_bad_tables_of_the_assignment(tmp_path: Path, name: str) -> None:
    tables, words = BAD[name]
    Desk.laid(tmp_path, **tables).refused(*words)


def test_all_faults_of_all_tables_at_once(tmp_path: Path) -> None:
    Desk.laid(tmp_path, applicants=APPLICANTS + "e,99,1,Q,9\n", problem='column = "ctip"',
              more="[assignment]\nreserve_order = 'first'").refused("reserve_order")
    Desk.laid(tmp_path, applicants=APPLICANTS + "e,99,1,Q,9\n", problem='column = "ctip"').refused("'Q'", "99", "ctip")


@pytest.mark.parametrize("missing", ["applicants", "programs"])
def test_a_missing_table(tmp_path: Path, missing: str) -> None:
    desk = Desk.laid(tmp_path)
    kept = [line for line in desk.spec.read_text(encoding="utf-8").splitlines() if not line.startswith(missing)]
    desk.spec.write_text("\n".join(kept), encoding="utf-8")
    said = desk.refused(f"data.{missing}", "needs both")
    assert said.count(f"data.{missing}") == 1


def test_missing_tables_and_other_faults_together(tmp_path: Path) -> None:
    desk = Desk.laid(tmp_path)
    text = desk.spec.read_text(encoding="utf-8").replace('applicants = "applicants.csv"\nprograms = "programs.csv"', "")
    desk.spec.write_text(text.replace("threshold = 0.5", "threshold = 35"), encoding="utf-8")
    desk.refused("data.applicants", "data.programs", "did you mean 0.35?")


@pytest.mark.parametrize(("section", "words"), [
    ("reserve = 1.5", "reserve"), ("reserve = 25", "did you mean 0.25?"), ("lotteries = 0", "lotteries"),
    ("seed = -1", "seed"), ("lottery = 3", "did you mean 'lotteries'?"), ('reserve_order = "open"', "reserve_order")])
def test_bad_options_of_the_assignment(tmp_path: Path, section: str, words: str) -> None:
    Desk.laid(tmp_path, more=f"[assignment]\n{section}").refused(words)


def test_another_domain_is_told_apart(tmp_path: Path) -> None:
    desk = Desk.laid(tmp_path)
    desk.spec.write_text('domain = "cep"\n', encoding="utf-8")
    desk.refused("domain", "tiebreaker")


def test_an_infeasible_spec_assigns_nobody(tmp_path: Path) -> None:
    Desk.laid(tmp_path, problem="budget = {students = 3}").refused("nobody was assigned", code=3)


# -- nothing half written ------------------------------------------------------------------------------------------


def test_a_folder_that_is_taken_stays_as_it_is(tmp_path: Path) -> None:
    desk = Desk.laid(tmp_path).assigned()
    before = desk.files()
    again = run("tiebreaker", "assign", desk.spec, "--out", desk.out)
    assert again.code == 2
    assert "--force" in again.err
    (desk.out / "mine.txt").write_text("mine", encoding="utf-8")
    forced = run("tiebreaker", "assign", desk.spec, "--out", desk.out, "--force")
    assert forced.code == 2
    assert "mine.txt" in forced.err
    (desk.out / "mine.txt").unlink()
    assert desk.files() == before


def test_a_fault_while_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from evenhand.errors import OutputError
    from evenhand_tiebreaker.command import assign_files

    def full(found: object) -> str:
        raise OutputError("the page cannot be drawn")

    monkeypatch.setattr(assign_files, "page", full)
    Desk.laid(tmp_path).refused("the page cannot be drawn")


def test_help_lists_the_commands_and_a_slip_finds_the_nearest() -> None:
    ran = run("tiebreaker", "--help")
    assert ran.code == 0
    assert "assign" in ran.out
    assert "difference" in ran.out
    assert "did you mean 'assign'?" in run("tiebreaker", "asign").err


def test_signs() -> None:
    assert [signed(value, 1) for value in (0.04, -0.04, 1.25, -3.0, None)] == ["0.0", "0.0", "+1.2", "−3.0", "–"]
    assert points(0.0589) == "+5.9"


# -- a single lottery is what happened: no small number of it ------------------------------------------------------


def outcome(moves: dict[int, tuple[int, int, int, int]], counts: dict[int, list[list[int]]], members: list[int]
            ) -> Comparison:
    made = np.zeros((1, 4, 4), dtype=np.int64), np.zeros((1, 2, 4, 4), dtype=np.int64)
    for cell, numbers in moves.items():
        made[0][0, cell] = numbers
    for cell, sides in counts.items():
        made[1][0, :, cell] = sides
    nobody = np.zeros(sum(members), dtype=np.int32)
    return Comparison(1, np.array(members), made[1], made[0], nobody, nobody)


def test_what_a_lottery_did_to_a_few_does_not_follow_from_what_it_did_to_all() -> None:
    """14 lose their seat, 13 of them not focal: the one who is focal is not told, nor the 13."""
    same = [[40, 60, 80, 200], [40, 60, 80, 200]]
    found = told(outcome({0: (13, 13, 20, 20), 2: (1, 1, 20, 20)}, dict.fromkeys(range(4), same), [100] * 4),
                 SmallCells(5), frozenset())
    assert ("displaced", "focal") in found.small and ("displaced", "non_focal") in found.withheld
    assert found.tells("displaced", "all")
    assert ("displaced", "focal_not_receiving") in found.small and found.tells("displaced", "focal_receiving")
    assert found.tells("worse_off", "focal") and found.tells("top1", "focal")
    # One in a group that loses a seat, and nobody who wins one: the share with a seat would tell it.
    assert not found.tells("assigned", "focal_not_receiving") and not found.tells("assigned", "non_focal")


def test_no_rate_tells_a_small_number_or_a_small_change() -> None:
    same, up = [[40, 60, 80, 200]] * 2, [[40, 60, 80, 200], [42, 66, 90, 190]]
    found = told(outcome({}, {0: same, 1: same, 2: same, 3: up}, [100] * 4), SmallCells(5), frozenset())
    assert not any(found.tells("top1", group) for group in ("focal_receiving", "focal", "all"))
    assert found.tells("top1", "focal_not_receiving") and found.tells("top3", "focal_receiving")
    assert not found.tells("mean_rank", "focal_receiving")
    many = attrs.evolve(outcome({}, {3: up}, [100] * 4), lotteries=2)
    assert told(many, SmallCells(5), frozenset()).tells("top1", "focal")


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 12), min_size=4, max_size=4), st.sets(st.sampled_from(sorted(GROUPS)), max_size=2))
def test_hidden_groups_do_not_follow_from_the_sums(parts: list[int], hidden: set[str]) -> None:
    counts = {group: sum(parts[cell] for cell in cells) for group, cells in GROUPS.items()}
    cells = SmallCells(5)
    small = {group for group in GROUPS if cells.hides(counts[group])}
    found = closed(small | hidden, counts, cells)
    assert small | hidden <= found
    ways = [way for way in product(range(sum(parts) + 5), repeat=3) if all(
        (sum(dict(non_focal=way[0], focal_receiving=way[1], focal_not_receiving=way[2])[leaf] for leaf in leaves)
         == counts[group] if group not in found else group not in small or 0 < sum(
            dict(non_focal=way[0], focal_receiving=way[1], focal_not_receiving=way[2])[leaf] for leaf in leaves) < 5)
        for group, leaves in LEAVES.items())]
    for group in small:
        values = {sum(dict(non_focal=way[0], focal_receiving=way[1], focal_not_receiving=way[2])[leaf]
                      for leaf in LEAVES[group]) for way in ways}
        assert len(values) > 1, (counts, found, group)


LEAVES = {"all": ("non_focal", "focal_receiving", "focal_not_receiving"),
          "focal": ("focal_receiving", "focal_not_receiving"), "non_focal": ("non_focal",),
          "focal_receiving": ("focal_receiving",), "focal_not_receiving": ("focal_not_receiving",)}


def test_the_page_of_a_given_lottery_keeps_to_it(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    applicants = "applicant,geoid,focal,preferences,lottery\n" + "".join(
        f"k{k},0{1 + int(random.integers(3))},{int(random.random() < 0.4)},{'X;Y' if k % 3 else 'Y'},{k * 37 % 211}\n"
        for k in range(120))
    desk = Desk.laid(tmp_path, applicants=applicants, programs="program,capacity\nX,40\nY,35\n").assigned()
    assert "Who gains and who loses" in desk.page
    found = [[re.sub("<[^>]*>", "", cell) for cell in re.findall("<t[hd][^>]*>.*?</t[hd]>", row)] for row in
             re.findall("<tr>.*?</tr>", desk.page[desk.page.index("Who gains and who loses"):], re.DOTALL)[:6]]
    assert [row[0] for row in found[1:]] == list(GROUP_NAMES.values())
    assert not {cell for row in found[1:] for cell in row[2:]} & set("1234")
    for column in range(2, 6):
        hidden = {row[0] for row in found[1:] if row[column] in ("*", "&lt;5")}
        for whole, parts in SUMS:
            assert len({GROUP_NAMES[group] for group in (whole, *parts)} & hidden) != 1
    assert {"*", "&lt;5"} & {cell for row in found for cell in row}
    desk.assigned("--force", "--set", "problem.suppress_below=0")
    assert "&lt;5" not in desk.page
