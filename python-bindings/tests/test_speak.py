import io
import json
import threading
import time
import wave
from pathlib import Path

import pytest

import locutor


def test_speech_is_a_playable_file(engine: locutor.Engine, tmp_path: Path) -> None:
    audio = engine.speak("Hello from Python. This is the second sentence.")
    assert audio.sample_rate == 22_050
    assert 1.5 < audio.seconds < 6.0
    assert max(audio.samples) <= 1.0 and min(audio.samples) >= -1.0
    audio.save(tmp_path / "speech.wav")
    with wave.open(io.BytesIO((tmp_path / "speech.wav").read_bytes())) as reader:
        assert reader.getframerate() == 22_050
        assert reader.getnframes() == len(audio.samples)
    json.dumps(audio.to_dict())


def test_sentences_arrive_one_by_one(engine: locutor.Engine) -> None:
    with engine.speak_stream("One. Two. Three.") as stream:
        first = next(stream)
        assert first.seconds > 0.2
        assert len(list(stream)) == 2
        assert stream.result() is None


def test_closing_frees_the_engine(engine: locutor.Engine) -> None:
    stream = engine.speak_stream("This is one of very many sentences. " * 2000)
    next(stream)
    stream.close()
    assert list(stream) == []
    with pytest.raises(locutor.Cancelled):
        stream.result()
    started = time.monotonic()
    assert engine.speak("Next.").seconds > 0.1
    assert time.monotonic() - started < 10


def test_dropping_frees_the_engine(engine: locutor.Engine) -> None:
    next(engine.speak_stream("This is one of very many sentences. " * 2000))
    started = time.monotonic()
    engine.speak("Next.")
    assert time.monotonic() - started < 10


def test_nothing_to_say_is_silence(engine: locutor.Engine) -> None:
    assert engine.speak(" ?! ").seconds == 0


def test_other_threads_run_while_the_engine_works(engine: locutor.Engine) -> None:
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.005)

    thread = threading.Thread(target=tick)
    thread.start()
    started = time.monotonic()
    engine.speak("The lock of the interpreter is free while the engine speaks. " * 5)
    elapsed = time.monotonic() - started
    done.set()
    thread.join()
    assert ticks > elapsed / 0.005 / 5


def test_voices_and_unusable_options(engine: locutor.Engine) -> None:
    assert engine.voices()[0] == locutor.Voice(id="en_US-joe-medium", language="en-US")
    with pytest.raises(locutor.InvalidInput) as caught:
        engine.speak("hello", voice="nobody")
    assert caught.value.parameter == "voice"
    assert isinstance(caught.value, ValueError)
    with pytest.raises(locutor.InvalidInput, match="speed"):
        engine.speak("hello", speed=100)
    with pytest.raises(locutor.UnknownModel, match="piper-en-us-joe-medium"):
        engine.speak("hello", model="no-such-model")
