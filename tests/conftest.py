"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples at every run of the gate: a new one found by chance belongs into a test of its own, not into the
# verdict on an unrelated change. Outside the gate each run looks for new ones.
settings.register_profile("gate", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("gate")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of reference data that the project does not ship; tests that need it are skipped without it."""
    given = os.environ.get("EVENHAND_SHARED")
    shared = Path(given) if given else Path(__file__).resolve().parents[2] / "shared"
    folder = shared / "data"
    if not folder.is_dir() and os.environ.get("EVENHAND_REQUIRE_SHARED"):
        pytest.fail(f"reference data is required here and {folder.name}/ was not found")
    if not folder.is_dir():
        pytest.skip("reference data not found: set EVENHAND_SHARED to the folder that holds data/")
    return folder
