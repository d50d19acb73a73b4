"""Bad tables and specs through the command line: words that name place, value and cure; nothing is written."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.plugins.cep.command import HEADINGS, SCHOOLS, Desk, run


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def table(*rows: str, more: str = "") -> str:
    """CSV text with the usual headings and more of them."""
    return "\n".join([HEADINGS + (f",{more}" if more else ""), *rows]) + "\n"


def rule(name: str, *schools: str) -> str:
    listed = f"schools = [{', '.join(repr(school) for school in schools)}]\n" if schools else ""
    return f'[[constraint]]\nrule = "{name}"\n{listed}'


# -- tables ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("cell", "said"), [
    ("NaN", "is not a number"), ("inf", "is not a finite number"), ("-inf", "is not a finite number"),
    ("", "the cell is blank"), (" ", "blank"), ("1,069", "rite 1069"), ("few", "is not a number"), ("12%", "rite 0.12"),
    ("$3", "rite 3"), ("3 ", "rite 3"), ("-1", "is below 0"), ("-1e-40", "is below 0"), ("1e400", "too large"),
    ("#DIV/0!", "spreadsheet error"), ("true", "truth value"), ("1e16", "is above"), ("0x10", "is not a number"),
    ("½", "is not a number"), ("١٢", "is not a number"),  # the digits of another script
])
@pytest.mark.parametrize("column", ["enrolled", "identified", "breakfasts", "lunches"])
def test_what_is_no_number_is_named_with_its_place_and_cure(desk: Desk, column: str, cell: str, said: str) -> None:
    cells = {"school": "A", "enrolled": "100", "identified": "50", "breakfasts": "1", "lunches": "1", column: f'"{cell}"'}
    desk.given(table("B,100,50,1,1", ",".join(cells.values())))
    desk.refused("schools, row 2", f"column '{column}'", said, repr(cell))


def test_all_faults_of_a_table_come_at_once(desk: Desk) -> None:
    desk.given(table("A,NaN,1,1,1,0,0", 'B,10,"1,069",1,1,0,0', "C,10,5,,1,0,0", "D,10,5,1,many,0,0", "A,10,5,1,1,2,0",
                     "E,10,5,1,1,0,x", more="required,excluded"), "max_groups = 0")
    desk.refused("problem.max_groups", "row 1, column 'enrolled'", "row 2, column 'identified'",
                 "row 3, column 'breakfasts'", "row 4, column 'lunches'", "row 5, column 'school'",
                 "row 5, column 'required'", "row 6, column 'excluded'")


@pytest.mark.parametrize(("row", "problem", "words"), [
    ("Z,0,3,1,1", "", ["row 2", "'identified'", "without enrolment", "'3'"]),
    ("Z,0,3,1,1", "clip_identified = true", ["row 2", "'identified'", "without enrolment", "'3'"]),
    ("Z,0,0,5,7", "drop_zero_enrolled = false", ["row 2", "'enrolled'", "drop_zero_enrolled = true"]),
    ("Z,0.000,0,5,7", "drop_zero_enrolled = false", ["row 2", "'enrolled'", "drop_zero_enrolled = true"]),
    ("Z,100,101,1,1", "", ["row 2", "'identified'", "'101'", "clip_identified = true"]),
    ("Z,0.3,0.30000000000000001,1,1", "", ["row 2", "'identified'", "more than enrolled, 0.3"]),  # one number in floats
    ("Z,1e-340,0,1,1", "", ["row 2", "'enrolled'", "60 decimal places"]),
    ("A,50,5,1,1", "", ["row 2", "'school'", "same id as in row 1"]),
    (" A,50,5,1,1", "", ["row 2", "'school'", "rite 'A'"]),
    (",50,5,1,1", "", ["row 2", "'school'", "blank"]),
    ("1.2E+05,50,5,1,1", "", ["row 2", "'school'", "scientific"]),
    ("B,50,5,1", "", ["row 2", "4 cells"]),
    ("B,50,5,1,1,1", "", ["row 2", "6 cells", "quotes"]),
])
def test_a_row_that_makes_no_sense(desk: Desk, row: str, problem: str, words: list[str]) -> None:
    desk.given(table("A,100,50,1,1", row), problem)
    desk.refused("schools", *words)


@pytest.mark.parametrize(("cells", "words"), [
    ("2,0,0", ["'required'", "neither 0 nor 1", "'2'"]), ("0,yes,0", ["'excluded'", "neither 0 nor 1", "'yes'"]),
    ("1,1,0", ["'required'", "both required and excluded"]), ("0,1,0", ["'excluded'", "may_stay_out"]),
    ("0,0,-5", ["'outside_value'", "below 0", "'-5'"]), ("0,0,NaN", ["'outside_value'", "not a number"]),
])
def test_optional_columns_are_checked_too(desk: Desk, cells: str, words: list[str]) -> None:
    desk.given(table("A,100,50,1,1,,,", f"B,100,50,1,1,{cells}", more="required,excluded,outside_value"))
    desk.refused("schools, row 2", *words)


@pytest.mark.parametrize(("text", "words"), [
    ("", ["schools", "empty"]), (f"{HEADINGS}\n", ["schools", "no rows"]), ("\n\n", ["schools"]),
    (table("A,0,0,1,1"), ["no school with enrolment is left"]),
    ("school,enrolled,identified,breakfast\nA,1,1,1\n", ["'lunches'", "missing", "'breakfasts'", "did you mean", "'breakfast'"]),
    ("school;enrolled;identified;breakfasts;lunches\nA;1;1;1;1\n", ["semicolons", "commas"]),
    (f"{HEADINGS},lunches\nA,1,1,1,1,1\n", ["same heading", "'lunches'"]), (f"{HEADINGS},\nA,1,1,1,1,1\n", ["no heading"]),
    (table("A,100,50,1,1", "", "B,100,50,1,1"), ["row 2", "blank"]), ('school,"enrolled\nA,1', ["never closed"]),
])
def test_a_file_that_is_no_table_of_schools(desk: Desk, text: str, words: list[str]) -> None:
    desk.given(text)
    said = desk.refused()
    assert all(word.lower() in said.lower() for word in words), said


@pytest.mark.parametrize(("data", "words"), [
    ('schools = "skools.csv"', ["does not exist", "skools.csv", "id you mean 'schools.csv'"]),
    ('schools = "schools.xls"', [".xls", "xlsx"]), ('schools = "schools"', ["no suffix"]), ('schools = "."', ["not read"]),
    ('schools = ""', ["data.schools", "names no file"]), ("schools = 3", ["data.schools", "is not a file"]),
    ('skools = "schools.csv"', ["data.skools", "id you mean 'schools'"]), ("", ["data.schools", "missing"]),
    ('schools = { file = "schools.csv", columns = { enrolled = "Enrolled" } }', ["no such heading", "id you mean 'enrolled'"]),
    ('schools = { file = "schools.csv", columns = { enroled = "lunches" } }', ["enroled"]),
])
def test_a_table_that_is_not_where_it_should_be(desk: Desk, data: str, words: list[str]) -> None:
    desk.given(data=data)
    desk.refused(*words)


def test_bytes_that_are_no_text(desk: Desk) -> None:
    path = desk.table("")
    desk.spec()
    for data, words in ((table("Ä,1,1,1,1").encode("latin-1"), "not UTF-8 (line 2"), (SCHOOLS.encode("utf-16"), "UTF-16"),
                        (SCHOOLS.replace("A", "\0").encode(), "NUL")):
        path.write_bytes(data)
        desk.refused("schools", words)


# -- specs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("line", "words"), [
    ("max_groups = 0", ["max_groups", "at least 1", "'0'"]), ("max_groups = -3", ["max_groups", "at least 1"]),
    ("max_groups = 2.5", ["max_groups", "whole number", "'2.5'"]), ("max_groups = true", ["max_groups", "whole number"]),
    ('max_groups = "ten"', ["max_groups", "whole number"]), ("multiplier = 0", ["multiplier", "above 0", "1.6"]),
    ("multiplier = -1.6", ["multiplier", "above 0"]), ("multiplier = nan", ["multiplier", "nan"]),
    ("multiplier = inf", ["multiplier"]), ("multiplier = 1e308", ["multiplier", "above 1,000,000"]),
    ("multiplier = 1e-300", ["multiplier", "decimal places"]), ('isp_rounding = "half_up"', ["id you mean 'half_up_4'"]),
    ("isp_rounding = 4", ["isp_rounding", '"floor_4"']), ("drop_zero_enrolled = 1", ["drop_zero_enrolled", "true or false"]),
    ('clip_identified = "no"', ["clip_identified", "true or false"]), ("max_group = 3", ["max_group", "id you mean 'max_groups'"]),
    ("x = " + "[" * 30 + "]" * 30, ["nested"]), ("x = " + "[" * 5000 + "]" * 5000, ["nested"]),
    ("x = " + "{a=" * 200 + "1" + "}" * 200, ["nested"]), (".".join("a" * 5000) + " = 1", ["dotted key"]),
    ("max_groups = 3\nmax_groups = 4", ["TOML"]), ("max_groups = ", ["TOML", "line 7"]),
    ("max_groups = " + "9" * 5000, ["number"]), ("# " + "x" * 10_000_000, ["larger than 1,000,000 bytes"]),
])
def test_a_faulty_option_is_named(desk: Desk, line: str, words: list[str]) -> None:
    desk.given(problem=line)
    desk.refused(*words)


@pytest.mark.parametrize(("minimum", "words"), [
    ("40", ["'40'", "Did you mean 0.4?"]), ("-0.01", ["'-0.01'"]), ("1.0000000000000000000001", ["between 0 and 1"]),
    ("nan", ["nan"]), ('"40%"', ["rite 0.4"]), ("0.4" + "0" * 40 + "1", ["decimal places"]), ("true", ["number"]),
])
def test_a_minimum_that_is_no_share(desk: Desk, minimum: str, words: list[str]) -> None:
    desk.given(minimum=f"min_isp = {minimum}")
    desk.refused("problem.min_isp", *words)


@pytest.mark.parametrize(("rates", "words"), [
    ("", ["no rates", "2024-25/contiguous/standard"]), ('rates = "2024-25/contigous/standard"', ["id you mean 'contiguous'"]),
    ("rates = 4.43", ["problem.rates"]), ("rates = { lunch_free = 4 }", ["lunch_paid", "breakfast_free", "missing"]),
    ("rates = { lunch_free = 0.1, lunch_paid = 1, breakfast_free = -2, breakfast_paid = 1 }",
     ["lunch_free", "under lunch_paid", "breakfast_free", "negative"]),
    ("rates = { lunch_free = 1e300, lunch_paid = 1, breakfast_free = 2, breakfast_paid = 1 }", ["lunch_free", "above"]),
    ("rates = { lunch_free = true, lunch_paid = inf, breakfast_free = 'x', breakfast_paid = 1, diner = 1 }",
     ["lunch_free", "lunch_paid", "breakfast_free", "diner"]),
])
def test_rates_that_make_no_sense(desk: Desk, rates: str, words: list[str]) -> None:
    desk.given(rates=rates)
    desk.refused("problem.rates", *words)


def test_rates_of_zero_are_fine(desk: Desk) -> None:
    desk.given(rates="rates = { lunch_free = 0, lunch_paid = 0, breakfast_free = 0, breakfast_paid = 0 }")
    found = desk.solved()
    assert (found["status"], found["value"], found["metrics"]["base_reimbursement"]) == ("optimal", 0.0, 0.0)


def test_three_faults_of_a_spec_and_one_of_a_table_are_told_together(desk: Desk) -> None:
    desk.given(table("A,ten,5,1,1"), "max_group = 3\nmultiplier = 0",
               rule("al_participate") + '[[objective]]\nterm = "reimbursment"\n[solver]\nname = "share_prices"\n')
    desk.refused("problem.max_group", "id you mean 'max_groups'", "problem.multiplier", "above 0",
                 "id you mean 'all_participate'", "id you mean 'reimbursement'", "id you mean 'share-prices'",
                 "schools, row 1, column 'enrolled'")


@pytest.mark.parametrize(("more", "words"), [
    (rule("same_group", "A", "Cc"), ["constraint.same_group.schools[1]", "no school 'Cc'", "id you mean 'C'"]),
    (rule("different_group", "a", "B"), ["constraint.different_group.schools[0]", "no school 'a'"]),
    (rule("same_group", "A"), ["fewer than two"]), (rule("same_group", "A", "A", "B"), ["'A' 2 times"]),
    (rule("different_group", "B", "B"), ["'B' 2 times"]), (rule("same_group"), ["schools", "missing"]),
    (rule("all_participate") + rule("may_stay_out"), ["all_participate and may_stay_out", "Keep one"]),
    (rule("current_groups_kept"), ["current_groups_kept", "column group"]),
    ('[[objective]]\nterm = "regrouped"', ["regrouped", "column group"]),
    ('[[objective]]\nterm = "reimbursement"\nweight = 1e308', ["objective", "weights"]),
    ('[[objective]]\nterm = "reimbursement"\nweight = nan', ["weight", "nan"]),
    ('[[objective]]\nterm = "reimbursement"\nwieght = 2', ["wieght", "id you mean 'weight'"]),
    ('[solver]\nname = "annealing"\n[solver.options]\nstepz = 3', ["stepz", "id you mean 'steps'"]),
    ("[solver]\ngap = -1", ["solver.gap"]), ("[solver]\ntime_limit = 0", ["solver.time_limit"]),
    ("[slover]\n", ["slover", "id you mean 'solver'"]), ('[constraint]\nrule = "may_stay_out"', ["[[constraint]]"]),
])
def test_rules_terms_and_solvers_are_checked(desk: Desk, more: str, words: list[str]) -> None:
    desk.given(more=more)
    desk.refused(*words)


def test_a_school_without_enrolment_is_in_no_rule(desk: Desk) -> None:
    desk.given(table("A,100,50,1,1", "Z,0,0,1,1"), more=rule("same_group", "A", "Z"))
    desk.refused("'Z'", "no enrolment")


def test_an_id_of_two_districts_is_ambiguous_in_a_rule(desk: Desk) -> None:
    desk.given(table("A,100,50,1,1,N", "A,100,50,1,1,S", "B,100,50,1,1,S", more="district"), more=rule("same_group", "A", "B"))
    desk.refused("'A'", "2 districts")


@pytest.mark.parametrize(("arguments", "word"), [
    (("--set", "problem.max_groups=0"), "at least 1"), (("--set", "problem.max_grups=2"), "id you mean 'max_groups'"),
    (("--set", "nonsense"), "path=value"), (("--solver", "exhaustiv"), "id you mean 'exhaustive'"), (("--gap", "-1"), "gap"),
    (("--time-limit", "0"), "time-limit"), (("--seed", "-1"), "seed"), (("--outt", "x"), "--out"),
])
def test_the_command_line_is_checked(desk: Desk, arguments: tuple[str, ...], word: str) -> None:
    desk.given()
    desk.refused(word, arguments=arguments)


def test_a_spec_that_is_not_there(desk: Desk) -> None:
    desk.refused("does not exist", spec=desk.folder / "none.toml")
    desk.refused("folder", spec=desk.folder)


# -- infeasible --------------------------------------------------------------------------------------------------

CURRENT = table("A,100,80,1,1,1", "B,100,40,1,1,2", "C,100,45,1,1,3", more="group")


@pytest.mark.parametrize(("text", "problem", "more", "rules", "words"), [
    (table("A,100,50,1,1", "B,1000,100,1,1"), "", "", ["minimum_isp", "all_participate"],
     ["0.136363", "0.4", "290.00 identified", "let 1 school stay out"]),
    (table("A,1000,399.9999999,1,1"), "", "", ["minimum_isp", "all_participate"], ["0.399999", "0.01 identified"]),
    (table("A,10000,3999,1,1"), 'isp_rounding = "half_up_4"', "", ["minimum_isp", "all_participate"],
     ["0.399900", "a minimum of 0.399900 at most"]),
    (table("A,100000,39994,1,1"), 'isp_rounding = "half_up_4"', "", ["minimum_isp", "all_participate"],
     ["the ISP 0.399940", "1.00 identified", "a minimum of 0.399900 at most"]),
    (table("A,100,10,1,1,1", "B,100,60,1,1,0", more="required"), "", rule("may_stay_out"), ["minimum_isp", "required"],
     ["0.350000", "10.00 identified", "no longer require 1 school"]),
    (SCHOOLS, "", rule("same_group", "A", "B") + rule("different_group", "A", "B"),
     ["same_group", "different_group", "all_participate"], ["contradict"]),
    (table("A,100,80,1,1,1,0", "B,100,80,1,1,0,1", more="required,excluded"), "",
     rule("may_stay_out") + rule("same_group", "A", "B"), ["same_group", "excluded", "required"], ["contradict"]),
    (CURRENT, "max_groups = 2", rule("current_groups_kept"), ["current_groups_kept", "max_groups", "all_participate"],
     ["3 schools or groups", "there are 2 groups at most", "allow 1 more"]),
    (CURRENT, "", rule("current_groups_kept") + rule("same_group", "A", "B"),
     ["same_group", "current_groups_kept", "all_participate"], ["contradict"]),
    (CURRENT.replace("45,1,1,3", "10,1,1,2"), "", rule("current_groups_kept"),
     ["minimum_isp", "current_groups_kept", "all_participate"], ["today's group of school B", "0.250000", "30.00 identified"]),
    (CURRENT.replace("1,1,3", "1,1,out"), "", rule("current_groups_kept"), ["current_groups_kept", "all_participate"],
     ["contradict"]),
    (SCHOOLS, "max_groups = 2", rule("different_group", "A", "B", "C"), ["different_group", "max_groups", "all_participate"],
     ["there are 2 groups at most"]),
    (SCHOOLS, "", rule("different_group", "A", "C"), ["minimum_isp", "different_group", "all_participate"],
     ["school C has the ISP 0.100000", "take school C off the list", "let 1 school stay out"]),
    (table("A,100,80,1,1,N", "B,100,80,1,1,S", more="district"), "", rule("same_group", "A", "B"),
     ["same_group", "all_participate"], ["N: ", "S: ", "contradict"]),
    # Each poor school could be carried by the rich one, but not both of them.
    (table("A,100,60,1,1", "B,100,20,1,1", "C,100,40,1,1", "D,100,20,1,1"), "",
     rule("different_group", "B", "D") + rule("different_group", "C", "D") + rule("different_group", "B", "C"),
     ["minimum_isp", "all_participate"], []),
])
def test_what_cannot_be_kept_is_proven_and_the_rules_are_named(desk: Desk, text: str, problem: str, more: str,
                                                              rules: list[str], words: list[str]) -> None:
    desk.given(text, problem, more)
    ran = run("solve", desk.folder / "spec.toml")
    assert ran.code == 3, ran
    for word in (*rules, *words):
        assert word in ran.out, f"{word!r} is not in: {ran.out}"


@pytest.mark.parametrize(("more", "conflict"), [
    (rule("same_group", "A", "B") + rule("different_group", "A", "B"), {"same_group", "different_group", "all_participate"}),
    (rule("different_group", "A", "C"), {"minimum_isp", "different_group", "all_participate"}),
    (rule("different_group", "A", "B") + rule("same_group", "B", "C"),
     {"minimum_isp", "same_group", "different_group", "all_participate"}),
])
def test_explain_names_a_smallest_set(desk: Desk, more: str, conflict: set[str]) -> None:
    desk.given(more=more)
    ran = run("explain", desk.folder / "spec.toml")
    assert ran.code == 3 and "would have to give by" not in ran.out
    (line,) = [line for line in ran.out.splitlines() if line.startswith("Smallest set")]
    assert set(line.partition(": ")[2].rstrip(".").split(", ")) == conflict


# -- the folder of the answer ------------------------------------------------------------------------------------


def test_an_earlier_run_is_kept_unless_forced_and_foreign_files_always(desk: Desk) -> None:
    desk.given()
    out = desk.folder / "result"
    desk.written()
    before = desk.files()
    again = run("solve", desk.folder / "spec.toml", "--out", out)
    assert again.code == 2 and "--force" in again.err and desk.files() == before
    foreign = desk.folder / "photos"
    foreign.mkdir()
    (foreign / "result.json").write_text('{"album": 1}', encoding="utf-8")
    refused = run("solve", desk.folder / "spec.toml", "--out", foreign, "--force")
    assert refused.code == 2 and "ever replaced" in refused.err and [p.name for p in foreign.iterdir()] == ["result.json"]
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    stray = run("solve", desk.folder / "spec.toml", "--out", out, "--force")
    assert stray.code == 2 and "notes.txt" in stray.err and (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    (out / "notes.txt").unlink()
    forced = run("solve", desk.folder / "spec.toml", "--out", out, "--force", "--set", "problem.max_groups=1")
    assert forced.code == 0, forced
    assert "max_groups = 1" in (out / "spec.toml").read_text(encoding="utf-8")
    assert run("verify", out).code == 0


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))



@pytest.mark.parametrize("spoil", [
    lambda patch: patch.setattr(os, "fsync", full), lambda patch: patch.setattr(Path, "write_bytes", full),
    lambda patch: patch.setattr(Path, "rename", full), lambda patch: patch.setattr(Path, "mkdir", full),
], ids=["fsync", "write", "rename", "mkdir"])
@pytest.mark.parametrize("earlier", [False, True])
def test_a_full_disk_leaves_what_was_there(desk: Desk, monkeypatch: pytest.MonkeyPatch, earlier: bool,
                                          spoil: Callable[[pytest.MonkeyPatch], None]) -> None:
    desk.given(table("A,100,80,1,1"))
    if earlier:
        desk.written()
    before = desk.files()
    with monkeypatch.context() as patch:
        spoil(patch)
        ran = run("solve", desk.folder / "spec.toml", "--out", desk.folder / "result", "--force")
    assert ran.code == 2 and "No space left" in ran.err and "Traceback" not in ran.err
    assert desk.files() == before
    assert sorted(path.name for path in desk.folder.iterdir()) == (
        ["result", "schools.csv", "spec.toml"] if earlier else ["schools.csv", "spec.toml"])


def test_a_process_killed_while_it_writes_leaves_no_folder(desk: Desk) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    desk.given(table("A,100,80,1,1"))
    child = os.fork()
    if child == 0:
        os.fsync = lambda _: os.kill(os.getpid(), 9)  # type: ignore[assignment, return-value]
        run("solve", desk.folder / "spec.toml", "--out", desk.folder / "result")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert not (desk.folder / "result").exists()
    desk.written()


# -- text that must stay text ------------------------------------------------------------------------------------


def test_ids_keep_leading_zeros_formulas_are_escaped_and_markup_is_text(desk: Desk) -> None:
    desk.given(table("007,100,80,1,1,=2+2,-1,<b>N</b>,9", "7,100,40,1,1,<script>alert(1)</script>,+1,<b>N</b>,9",
                     '"=HYPERLINK(""x"")",100,50,1,1,"@a, ""b""\nc",,<b>S</b>,9', more="name,group,district,group_isp"),
               more=rule("different_group", "007", "7"))
    made = desk.written()
    assert made.column("school") == ["007", "7", "'=HYPERLINK(\"x\")"]
    assert made.column("name") == ["'=2+2", "<script>alert(1)</script>", "'@a, \"b\"\nc"]
    assert made.column("district") == ["<b>N</b>", "<b>N</b>", "<b>S</b>"]
    assert made.column("group_isp_before") == ["9"] * 3, "a column of the user's is not overwritten"
    assert any("group_isp as group_isp_before" in notice for notice in made.json["notices"])
    groups = made.column("group")
    assert groups[0] != groups[1]
    report = (made.folder / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in report and "<b>N</b>" not in report and "&lt;b&gt;N&lt;/b&gt;" in report


def test_an_answer_can_be_the_next_years_table(desk: Desk) -> None:
    desk.given()
    first = desk.written()
    desk.table((first.folder / "allocation.csv").read_text(encoding="utf-8"), "schools2.csv")
    desk.spec(data='schools = "schools2.csv"', more=rule("current_groups_kept"))
    ran = run("solve", desk.folder / "spec.toml", "--out", desk.folder / "next")
    assert ran.code == 0 and run("verify", desk.folder / "next").code == 0
