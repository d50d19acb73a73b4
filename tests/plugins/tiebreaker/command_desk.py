"""A folder with a small district, and the command line run on it in this process."""

from __future__ import annotations

import csv
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from attrs import frozen

from evenhand.cli import main

BLOCKS = """\
geoid,students,n_both,housing,neighborhood,geometry_wkt
01,10,8,1,North,"POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
02,10,1,1,North,"POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"
03,10,6,0,South,"POLYGON ((0 1, 1 1, 1 2, 0 2, 0 1))"
04,0,0,0,South,"POLYGON ((1 1, 2 1, 2 2, 1 2, 1 1))"
"""
APPLICANTS = """\
applicant,geoid,focal,preferences,lottery
a,01,1,X,1
b,02,0,X;Y,2
c,03,1,Y,3
d,03,0,,4
"""
PROGRAMS = "program,capacity\nX,1\nY,1\nZ,0\n"
"""Only block 01 receives. Without the tiebreaker b takes X and c takes Y, a has nothing; with it a takes X, b is turned
away there and loses Y to c."""

SPEC = """\
domain = "tiebreaker"
[data]
blocks = "blocks.csv"
applicants = "applicants.csv"
programs = "programs.csv"
[problem]
focal = "n_both"
eligibility = "housing"
threshold = 0.5
{problem}
{more}
"""


@frozen
class Ran:
    code: int
    out: str
    err: str


def run(*arguments: object) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


@frozen
class Desk:
    folder: Path

    @classmethod
    def laid(cls, folder: Path, *, problem: str = "", more: str = "", **tables: str) -> Desk:
        """Write the spec and the tables; a table given here replaces its namesake."""
        texts = {"blocks": BLOCKS, "applicants": APPLICANTS, "programs": PROGRAMS, **tables}
        for name, text in texts.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
        (folder / "spec.toml").write_text(SPEC.format(problem=problem, more=more), encoding="utf-8")
        return cls(folder)

    @property
    def spec(self) -> Path:
        return self.folder / "spec.toml"

    @property
    def out(self) -> Path:
        return self.folder / "assigned"

    def files(self) -> dict[str, bytes]:
        return {path.relative_to(self.folder).as_posix(): path.read_bytes()
                for path in self.folder.rglob("*") if path.is_file()}

    def assigned(self, *arguments: object) -> Desk:
        ran = run("tiebreaker", "assign", self.spec, "--out", self.out, *arguments)
        assert ran.code == 0, ran
        return self

    def refused(self, *words: str, code: int = 2, arguments: tuple[object, ...] = ()) -> str:
        """Refused in these words, without a traceback and with nothing written."""
        before = self.files()
        ran = run("tiebreaker", "assign", self.spec, "--out", self.out, *arguments)
        assert ran.code == code, ran
        assert self.files() == before
        assert sorted(path.name for path in self.folder.iterdir() if path.is_dir()) == []
        assert "Traceback" not in ran.err
        for word in words:
            assert word in ran.err, f"{word!r} is not in: {ran.err}"
        return ran.err

    def rows(self, name: str) -> list[dict[str, str]]:
        with open(self.out / name, encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    @property
    def json(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.out / "assign.json").read_text(encoding="utf-8"))
        return read

    @property
    def page(self) -> str:
        return (self.out / "report.html").read_text(encoding="utf-8")
