"""The command line, run in this process on a folder of typed files."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from pathlib import Path
from typing import Any

from attrs import frozen

from evenhand.cli import main

RATES = "rates = { lunch_free = 4, lunch_paid = 1, breakfast_free = 2, breakfast_paid = 1 }"
"""A lunch gains 3 USD from paid to free and a breakfast 1; at the paid rate each earns 1."""

HEADINGS = "school,enrolled,identified,breakfasts,lunches"
SCHOOLS = f"""\
{HEADINGS}
A,100,80,500,1000
B,100,40,50,100
C,100,10,500,1000
"""
"""At a minimum of 0.4: C (10 %) needs A (80 %), together 45 % and share 0.72; B stands alone at 40 %, share 0.64."""


@frozen
class Ran:
    """What one command left behind."""

    code: int
    out: str
    err: str


def run(*arguments: object) -> Ran:
    """One command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


@frozen
class Desk:
    """A folder with a spec and its table."""

    folder: Path

    def table(self, text: str, name: str = "schools.csv") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8", newline="")
        return path

    def spec(self, problem: str = "", more: str = "", *, rates: str = RATES,
             data: str = 'schools = "schools.csv"', minimum: str = "min_isp = 0.4") -> Path:
        """The least spec, with lines added to ``[problem]`` and sections added below."""
        path = self.folder / "spec.toml"
        path.write_text(f'domain = "cep"\n[data]\n{data}\n[problem]\n{minimum}\n{rates}\n{problem}\n{more}\n',
                        encoding="utf-8")
        return path

    def given(self, table: str = SCHOOLS, problem: str = "", more: str = "", **spec: Any) -> Path:
        """Table and spec in one go; the path of the spec."""
        self.table(table)
        return self.spec(problem, more, **spec)

    def files(self) -> dict[str, bytes]:
        return {path.relative_to(self.folder).as_posix(): path.read_bytes()
                for path in self.folder.rglob("*") if path.is_file()}

    def refused(self, *words: str, code: int = 2, spec: Path | None = None, arguments: tuple[object, ...] = ()) -> str:
        """Solve into a folder: refused with the code, in words that hold all of ``words``, and nothing written."""
        before = self.files()
        ran = run("solve", self.folder / "spec.toml" if spec is None else spec, "--out", self.folder / "result",
                  *arguments)
        assert ran.code == code, ran
        assert self.files() == before, "something was written"
        assert not (self.folder / "result").exists()
        assert ran.out == ""
        assert "Traceback" not in ran.err
        for word in words:
            assert word in ran.err, f"{word!r} is not in: {ran.err}"
        return ran.err

    def solved(self, *arguments: object, code: int = 0) -> dict[str, Any]:
        """Solve without writing; the JSON object."""
        ran = run("solve", self.folder / "spec.toml", "--json", *arguments)
        assert ran.code == code, ran
        read: dict[str, Any] = json.loads(ran.out)
        return read

    def written(self, *arguments: object, code: int = 0) -> Result:
        """Solve into the folder ``result``, and verify it."""
        folder = self.folder / "result"
        ran = run("solve", self.folder / "spec.toml", "--out", folder, *arguments)
        assert ran.code == code, ran
        verified = run("verify", folder)
        assert verified.code == 0, verified
        return Result(folder)


@frozen
class Result:
    """A written result."""

    folder: Path

    @property
    def json(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / "result.json").read_text(encoding="utf-8"))
        return read

    def rows(self, name: str = "allocation.csv") -> list[dict[str, str]]:
        with open(self.folder / name, encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def column(self, heading: str, name: str = "allocation.csv") -> list[str]:
        return [row[heading] for row in self.rows(name)]

    def money(self, name: str = "allocation.csv") -> Fraction:
        return sum((Fraction(cell) for cell in self.column("reimbursement", name) if cell), Fraction(0))

    def change(self, name: str, old: str, new: str) -> None:
        """Replace a text that stands in a file."""
        path = self.folder / name
        text = path.read_bytes().decode("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_bytes(text.replace(old, new, 1).encode("utf-8"))

    def change_json(self, name: str, **entries: Any) -> None:
        path = self.folder / name
        path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **entries}), encoding="utf-8")

    def mend(self, *names: str) -> None:
        """Bring the digests that result.json holds up to date: a forger's work."""
        read = self.json
        for name in names:
            digest = hashlib.sha256((self.folder / name).read_bytes()).hexdigest()
            read["files"][name] = digest
            for entry in read["inputs"].values():
                if entry["file"] == name:
                    entry["sha256"] = digest
        (self.folder / "result.json").write_text(json.dumps(read), encoding="utf-8")

    def rejected(self) -> str:
        """Verification fails, in words."""
        ran = run("verify", self.folder)
        assert ran.code == 5, ran
        assert "Traceback" not in ran.err
        return ran.err
