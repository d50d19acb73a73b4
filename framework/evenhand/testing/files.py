"""Checks of the way through files: sample, command line, result folder, verification, report."""

from __future__ import annotations

import html
import io
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import SkipTest

from evenhand.testing.bench import Bench
from evenhand.testing.installed import installed

VERIFICATION_FAILED = 5
MOST_BYTES = 2_000_000


class FileChecks(Bench):
    """The sample goes through ``example``, ``solve`` and ``verify``; an altered result does not."""

    def run(self, tmp_path: Path, *arguments: str) -> tuple[int, str, str]:
        """One command in this process, with the plugin installed: exit code, standard output, standard error."""
        from evenhand.cli import main

        with ExitStack() as stack:
            if self.modules():
                names = {module.__name__.rpartition(".")[2]: module.__name__ for module in self.modules()}
                stack.enter_context(installed(tmp_path / "installed", names))
            out, err = stack.enter_context(redirect_stdout(io.StringIO())), stack.enter_context(
                redirect_stderr(io.StringIO()))
            code = main(list(arguments))
        return code, out.getvalue(), err.getvalue()

    def test_the_sample_solves_and_verifies_and_a_tampered_copy_does_not(self, tmp_path: Path) -> None:
        if self.described().sample is None:
            raise SkipTest(f"the domain {self.domain!r} has no sample")
        folder, result = tmp_path / "sample", tmp_path / "result"
        code, _, words = self.run(tmp_path, "example", self.domain, str(folder))
        assert code == 0, words
        code, said, words = self.run(tmp_path, "solve", str(folder / "spec.toml"), "--out", str(result), "--json",
                                     *self.sample_arguments)
        assert code == 0, words
        read = json.loads(said)
        assert read["status"] in ("optimal", "feasible") and read["domain"] == self.domain, said
        assert read == json.loads((result / "result.json").read_text(encoding="utf-8")), "result.json is another one"
        code, _, words = self.run(tmp_path, "verify", str(result))
        assert code == 0, words
        for name, tamper in _tampers(read).items():
            copy = tmp_path / f"tampered {name}"
            shutil.copytree(result, copy)
            tamper(copy)
            code, _, words = self.run(tmp_path, "verify", str(copy))
            assert code == VERIFICATION_FAILED, f"verify ends with {code} although {name} was altered. {words}"
            assert "Traceback" not in words, words

    def test_the_report_is_one_page(self) -> None:
        from evenhand.report.html import render

        page = render(self.solutions(next(iter(self.cases())))["auto"])
        assert len(page.encode()) < MOST_BYTES, f"the report has {len(page.encode()):,} bytes"
        assert html.escape(self.described().title) in page, "the report does not say what it is about"
        assert "<script" not in page.lower(), "a report runs nothing"


def _tampers(result: Mapping[str, Any]) -> dict[str, Callable[[Path], None]]:
    """Ways to alter a result folder, by what they alter."""

    def rewrite(key: str) -> Callable[[Path], None]:
        def write(folder: Path) -> None:
            path = folder / "result.json"
            read = json.loads(path.read_text(encoding="utf-8"))
            read[key] = read[key] * 1.001 + 1.0
            path.write_text(json.dumps(read), encoding="utf-8")

        return write

    def last_row(folder: Path) -> None:
        path = folder / str(result["allocation"])
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(lines[:-1]), encoding="utf-8")

    found: dict[str, Callable[[Path], None]] = {"the value": rewrite("value"), "the allocation": last_row}
    if result["verified_bound"] is not None:
        found["the verified bound"] = rewrite("verified_bound")
    return found
