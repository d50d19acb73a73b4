"""The pages about the tiebreaker show what the program prints: their commands are run, their names are the code's."""

from __future__ import annotations

import re
import shlex
from fractions import Fraction
from pathlib import Path

import pytest
from attrs import fields
from click.testing import CliRunner

import evenhand
from evenhand.cli.group import build
from evenhand.plugins import manager
from evenhand_tiebreaker import sections
from evenhand_tiebreaker.command.assign_files import MOVE_COLUMNS
from evenhand_tiebreaker.options import BudgetOptions, TiebreakerOptions
from evenhand_tiebreaker.peel import ALLOWED
from evenhand_tiebreaker.report import view
from evenhand_tiebreaker.sample import sample_text, write_sample
from evenhand_tiebreaker.uncertainty.outputs import COLUMNS, SHRUNK_COLUMNS, uncertainty_metrics
from tests.plugins.doc_pages import FENCE, plain, shown, text
from tests.plugins.tiebreaker.domain_cases import ELIGIBLE, solved, tree

PAGES = ["tutorial/first-tiebreaker.md", "how-to/publish-a-rule.md", "how-to/side-rules.md",
         "how-to/tiebreaker-effects.md"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample, and the files that the how-to pages tell the reader to save."""
    write_sample(tmp_path / "city")
    specs = [block for language, block in FENCE.findall(text("how-to/side-rules.md")) if "domain =" in block]
    for name, block in zip(("floors.toml", "zones.toml"), specs, strict=True):
        (tmp_path / name).write_text(block, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_the_page_shows(page: str, folder: Path) -> None:
    runner, group, ran = CliRunner(), build(), 0
    for command, expected in shown(page):
        arguments = shlex.split(command, comments=True)
        if arguments[1] == "example":
            arguments += ["--force"]
        printed = plain(runner.invoke(group, arguments[1:]).output)
        for paragraph in re.split(r"\n\s*\n", expected.strip()):
            assert plain(paragraph).removesuffix(" …") in printed, command
        ran += 1
    assert ran >= 3


def test_the_sample_is_the_one_on_the_page() -> None:
    page = text("tutorial/first-tiebreaker.md")
    table = next(block for language, block in FENCE.findall(page) if block.startswith("geoid,"))
    lines = sample_text("blocks.csv").splitlines()
    for line, written in zip(lines, table.splitlines(), strict=False):
        assert line.startswith(f"{written},")
    assert f"a city of {len(lines) - 1} blocks" in page


def test_numbers_in_words_are_true(folder: Path) -> None:
    solution = evenhand.solve("city/spec.toml")
    assert solution.allocation is not None
    tutorial, methods = text("tutorial/first-tiebreaker.md"), text("explanation/tiebreaker-methods.md")
    told = uncertainty_metrics(solution.problem, solution.allocation)  # type: ignore[arg-type]
    for name, claimed in (("tpr", solution.metrics["tpr"]), ("fpr", solution.metrics["fpr"])):
        spread = told[f"{name}_out_of_sample"]
        said = f"{100 * spread['mean']:.1f} % ({100 * spread['low']:.1f} % to {100 * spread['high']:.1f} %"
        assert said in methods and f"{100 * claimed:.1f} %" in methods
    expected, claimed = told["tpr_out_of_sample"]["mean"], solution.metrics["tpr"]
    assert f"about {100 * expected:.0f} % instead of {100 * claimed:.0f} %" in " ".join(tutorial.split())
    assert f"costs {100 * told['fpr_out_of_sample']['mean']:.0f} %" in tutorial
    assert f"at {100 * solution.metrics['tpr_ceiling']:.1f} % of the focal" in tutorial
    exact = evenhand.solve("city/spec.toml", overrides=["problem.selection=exact"])
    assert f"that is {exact.value:.0f}\ninstead of {solution.value:.0f} focal students" in methods


def test_the_sentence_to_print_is_the_reports(folder: Path) -> None:
    solution = evenhand.solve("city/spec.toml")
    page = text("how-to/publish-a-rule.md")
    printed = " ".join(line.removeprefix("> ") for line in page.splitlines() if line.startswith("> "))
    seen = view(solution.problem, solution)  # type: ignore[arg-type]
    assert seen.sections[0].rows[0][1] == printed  # type: ignore[union-attr]
    titles = {section.title for section in seen.sections} | {
        "Blocks treated against their shares", "Where it comes from", "Verified bound", "Coverage by group"}
    for name in PAGES[:2]:
        bold = re.findall(r"\*\*([A-Z][^*]+)\*\*", " ".join(text(name).split()))
        assert bold and [title for title in bold if not any(one.startswith(title) for one in titles)] == []


def test_the_reference_page_lists_everything_by_name(folder: Path) -> None:
    page, known = text("reference/tiebreaker.md"), manager()
    names = {item.name for item in (*fields(TiebreakerOptions), *fields(BudgetOptions))}
    names |= set(known.terms["tiebreaker"]) | {name for owner, name in known.solvers if owner == "tiebreaker"}
    names |= {*COLUMNS, *SHRUNK_COLUMNS, *MOVE_COLUMNS, *ALLOWED}
    solution = solved(tree(eligibility=ELIGIBLE, budget={"fpr": 0.3}))
    names |= set(solution.metrics)
    assert solution.allocation is not None
    names |= set(solution.problem.allocation_table(solution.allocation).columns)
    for file, frame in solution.problem.output_tables(solution).items():
        names |= {file, *frame.columns}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


@pytest.mark.parametrize("section", [sections.UncertaintySection, sections.AssignmentSection])
def test_the_sections_are_described_with_their_defaults(section: type) -> None:
    page = text("reference/tiebreaker.md")
    for item in fields(section):
        default = {None: "none"}.get(item.default, f'`"{item.default}"`' if isinstance(item.default, str) else None)
        if default is None:
            number = item.default
            default = f"`{float(number):g}`" if isinstance(number, Fraction) else f"`{number}`"
        assert f"| `{item.name}` | {default} |" in page, item.name


def test_the_terminal_explains_options_of_rules_and_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    said = " ".join(CliRunner().invoke(build(), ["terms", "tiebreaker"]).output.split())
    for words in ("Options of [uncertainty]", "Options of [assignment]", "how many lotteries are drawn",
                  "neighbourhoods with fewer focal students to count are exempt", "Table overlay"):
        assert words in said, words
