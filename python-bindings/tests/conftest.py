from pathlib import Path
from typing import Iterator

import pytest

import locutor

SPEECH = Path(__file__).parents[2] / "tests" / "fixtures" / "audio" / "jfk.wav"

NOTES = """# Notes of the harbour – für Gäste

## Opening hours

The harbour office opens at nine in the morning and closes at half past five. It stays closed on
Sundays.

## Fees

A berth for a boat of up to eight metres costs 24 euros per night. Électricité is included.
"""


@pytest.fixture(scope="session")
def engine() -> Iterator[locutor.Engine]:
    # More threads wait for each other when the machine has other work, and then take far longer.
    yield locutor.Engine(threads=1)


@pytest.fixture
def index(engine: locutor.Engine, tmp_path: Path) -> Iterator[locutor.Index]:
    """An index with one document, `notes.md`, in the folder of the test."""
    (tmp_path / "notes.md").write_text(NOTES, encoding="utf-8")
    with engine.open_index(tmp_path / "index") as index:
        index.add(tmp_path / "notes.md")
        yield index
