from typing import Iterator

import pytest

import locutor


@pytest.fixture(scope="session")
def engine() -> Iterator[locutor.Engine]:
    yield locutor.Engine(threads=2)
