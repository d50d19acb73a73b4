"""The pages about apportionment show what the program prints: their commands are run, their names are the code's."""

from __future__ import annotations

import doctest
import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
from attrs import fields
from click.testing import CliRunner

from evenhand.cli.group import build
from evenhand.model import Constraint
from evenhand.plugins import manager
from evenhand_apportionment import options, rules, tables
from evenhand_apportionment.options import ApportionmentOptions
from evenhand_apportionment.outputs import CELL_COLUMNS, GROUP_COLUMNS
from evenhand_apportionment.sample import write_sample
from tests.plugins.apportionment.small_problems import groups, solved, tree
from tests.plugins.doc_pages import FENCE, blocks, plain, shown, text

PAGES = ["tutorial/apportion-the-house.md", "how-to/compare-methods.md", "how-to/choose-a-house-size.md",
         "how-to/biproportional.md"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample, and the files that the how-to pages tell the reader to save."""
    write_sample(tmp_path / "house")
    sizes = next(block for _, block in FENCE.findall(text("how-to/choose-a-house-size.md")) if "units_range" in block)
    (tmp_path / "sizes.toml").write_text(sizes, encoding="utf-8")
    names = ("parties.csv", "parties.toml", "votes.csv", "rows.csv", "columns.csv", "uri.toml")
    for name, block in zip(names, blocks("how-to/biproportional.md", "text"), strict=True):
        (tmp_path / name).write_text(block, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_commands_print_what_the_page_shows(page: str, folder: Path) -> None:
    runner, group, ran = CliRunner(), build(), 0
    for command, expected in shown(page):
        arguments = shlex.split(command, comments=True)
        if arguments[0] != "evenhand":
            continue
        if arguments[1] == "example":
            arguments += ["--force"]
        if page.endswith("biproportional.md") and "No allocation exists" in expected:
            votes = folder / "votes.csv"
            votes.write_text("".join(line for line in votes.read_text(encoding="utf-8").splitlines(keepends=True)
                                     if not line.startswith("FDP,") or "Erstfeld" in line), encoding="utf-8")
        printed = plain(runner.invoke(group, arguments[1:]).output)
        for paragraph in re.split(r"\n\s*\n", expected.strip()):
            assert plain(paragraph) in printed, command
        ran += 1
    assert ran >= 1


def test_the_prompted_code_of_the_pages_runs(folder: Path) -> None:
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    page = "how-to/choose-a-house-size.md"
    code = "\n".join(block for language, block in FENCE.findall(text(page)) if language == "pycon")
    assert runner.run(parser.get_doctest(code, {}, page, page, 0)).attempted == 5 and runner.failures == 0


def test_the_tables_of_house_sizes_are_true(folder: Path) -> None:
    page = text("how-to/choose-a-house-size.md")
    people = [7_136_171, 3_675_069, 1_409_032, 1_405_012, 1_112_308, 648_493]

    def best(most: int = 1000, last: int = people[-1], **more: float) -> int:
        return int(solved(tree(groups([*people[:-1], last]), units_range=[6, most], **more)).metrics["best_units"])

    by_alpha = re.findall(r"^\| ([\d.]+) \| (\d+) \|$", page, re.MULTILINE)
    assert by_alpha and [(float(alpha), best(alpha=float(alpha))) for alpha, _ in by_alpha] == [
        (float(alpha), int(size)) for alpha, size in by_alpha]
    by_range = [(int(most.replace(",", "")), int(size.replace(",", "")))
                for most, size in re.findall(r"^\| 6 to ([\d,]+) \| ([\d,]+) \|$", page, re.MULTILINE)]
    assert len(by_range) == 5 and [(most, best(most)) for most, _ in by_range] == by_range
    assert best(last=people[-1] + 1000) == 733 and "733 instead of 427" in page
    assert round(331_108_434 ** (1 / 3)) == 692 and round(331_108_434 / 577_719) == 573


def test_the_matrix_of_uri_is_the_answer(folder: Path) -> None:
    import evenhand

    solution = evenhand.solve("uri.toml")
    assert solution.allocation is not None
    printed = [[int(cell) for cell in re.findall(r"\| (\d+) ", line)]
               for line in text("how-to/biproportional.md").splitlines() if re.match(r"\| (CVP|SPGB|FDP|SVP) \|", line)]
    assert [cell for line in printed for cell in line] == solution.allocation.array.tolist()


def test_the_reference_page_lists_everything_by_name() -> None:
    page, known = text("reference/apportionment.md"), manager()
    names = {item.name for item in fields(ApportionmentOptions)} | set(known.terms["apportionment"])
    names |= {name for owner, name in known.solvers if owner == "apportionment"} | set(get_args(options.Method))
    names |= {column.name for table in (tables.GROUPS, tables.VOTES, tables.ROWS, tables.COLUMNS)
              for column in table.columns} | {*GROUP_COLUMNS, *CELL_COLUMNS}
    names |= {law.name for law in vars(rules).values()
              if isinstance(law, type) and issubclass(law, Constraint) and hasattr(law, "name")}
    solution = solved(tree(groups([5, 3, 2]), units_range=[3, 9]))
    names |= set(solution.metrics)
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []
    defaults = {name: default for name, default in re.findall(r"^\| `(\w+)` \| [^|]* \| `([^`]+)` \|", page, re.MULTILINE)}
    for item in fields(ApportionmentOptions):
        if item.default is not None:
            assert defaults[item.name] == (f'"{item.default}"' if isinstance(item.default, str) else str(item.default))


@pytest.mark.parametrize("page", ["explanation/apportionment-methods.md", "reference/apportionment.md",
                                  "how-to/choose-a-house-size.md", "tutorial/apportion-the-house.md"])
def test_pages_say_what_the_parametric_method_is_not(page: str) -> None:
    assert re.search(r"not a statutory (one|method)", text(page))
