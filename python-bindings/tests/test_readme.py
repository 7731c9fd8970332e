import re
from pathlib import Path

import pytest

import locutor
from conftest import NOTES

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_run(
    engine: locutor.Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "notes.md").write_text(NOTES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    # Its models are loaded already.
    monkeypatch.setattr(locutor, "Engine", lambda: engine)
    played = 0

    def play(samples: bytes, sample_rate: int) -> None:
        nonlocal played
        played += len(samples) // 2

    examples = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.S | re.M)
    assert len(examples) == 2
    exec("".join(examples), {"play": play})
    assert played > 22_050, "the answer was spoken"
    assert "nine in the morning" in capsys.readouterr().out
