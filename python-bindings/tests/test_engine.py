import array
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import locutor


def test_embeddings_are_unit_vectors_and_near_for_near_texts(engine: locutor.Engine) -> None:
    cat, kitten, invoice = engine.embed(["a cat", "a kitten", "an unpaid invoice"])
    assert math.isclose(sum(value * value for value in cat.vector), 1.0, abs_tol=1e-3)

    def near(left: locutor.Embedding, right: locutor.Embedding) -> float:
        return sum(a * b for a, b in zip(left.vector, right.vector))

    assert near(cat, kitten) > near(cat, invoice) + 0.2
    assert engine.embed("a cat")[0].vector == pytest.approx(cat.vector, abs=1e-4)


def test_generation_streams_what_it_returns(engine: locutor.Engine) -> None:
    with engine.generate_stream("Name a colour.", max_tokens=12) as stream:
        pieces = list(stream)
        whole = stream.result()
    assert pieces and "".join(pieces) == whole.text
    assert 0 < whole.completion_tokens <= 12
    assert whole.finish_reason in ("stop", "length")


def test_what_is_no_audio_is_refused(engine: locutor.Engine, tmp_path: Path) -> None:
    with pytest.raises(locutor.InvalidAudio):
        engine.transcribe(b"this is not audio")
    with pytest.raises(locutor.InvalidAudio):
        engine.transcribe(b"")
    with pytest.raises(locutor.FileError, match="absent.wav"):
        engine.transcribe(tmp_path / "absent.wav")
    with pytest.raises(locutor.InvalidInput) as caught:
        engine.transcribe(array.array("f", [0.0] * 100))
    assert caught.value.parameter == "sample_rate"
    with pytest.raises(locutor.InvalidInput, match="float32"):
        engine.transcribe(array.array("d", [0.0] * 100), sample_rate=16_000)
    with pytest.raises(locutor.InvalidInput, match="sample_rate"):
        engine.transcribe(array.array("f", [0.0] * 100), sample_rate=1)


def test_a_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(locutor.ModelMissing, match="locutor models pull"):
        locutor.Engine(models_dir=tmp_path).embed("hello")


def test_interrupts_stop_the_work() -> None:
    program = (
        # A runner in the background may have told its children to ignore interrupts.
        "import signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import locutor\n"
        "engine = locutor.Engine()\n"
        "engine.speak('ready')\n"
        "print('working', flush=True)\n"
        "engine.speak('This is one of very many sentences. ' * 5000)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "working\n"
    time.sleep(0.5)
    started = time.monotonic()
    os.kill(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    assert time.monotonic() - started < 10
    assert "KeyboardInterrupt" in errors
