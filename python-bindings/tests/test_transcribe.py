from __future__ import annotations

import array
import wave
from pathlib import Path

import pytest

import locutor
from conftest import SPEECH

SAID = "ask not what your country can do for you"


def samples() -> array.array[float]:
    """The speech as 32-bit floats at 16 kHz."""
    with wave.open(str(SPEECH)) as reader:
        assert (reader.getframerate(), reader.getsampwidth()) == (16_000, 2)
        integers = array.array("h", reader.readframes(reader.getnframes()))
    return array.array("f", (value / 32768 for value in integers))


def test_speech_is_written_down_with_its_words(engine: locutor.Engine) -> None:
    transcript = engine.transcribe(SPEECH, words=True)
    assert SAID in transcript.text
    assert transcript.language == "en" and transcript.language_probability > 0.5
    assert transcript.duration == pytest.approx(11.0, abs=0.1)
    words = [word for segment in transcript.segments for word in segment.words]
    assert " ".join(word.word for word in words) == transcript.text
    assert all(0 <= word.start <= word.end <= 11.1 for word in words)
    assert [word.start for word in words] == sorted(word.start for word in words)


def test_a_path_bytes_samples_and_audio_say_the_same(engine: locutor.Engine) -> None:
    audio = locutor.Audio(samples(), 16_000)
    texts = {
        engine.transcribe(str(SPEECH), language="en").text,
        engine.transcribe(SPEECH.read_bytes(), language="en").text,
        engine.transcribe(audio.samples, sample_rate=16_000, language="en").text,
        engine.transcribe(audio, language="en").text,
    }
    assert len(texts) == 1 and SAID in texts.pop()


def test_segments_arrive_before_the_transcript(engine: locutor.Engine) -> None:
    with engine.transcribe_stream(SPEECH, language="en") as stream:
        segments = list(stream)
        transcript = stream.result()
    assert segments == transcript.segments
    assert segments and not segments[0].words
    assert transcript.language_probability == 1.0


def test_closing_stops_a_transcription(engine: locutor.Engine) -> None:
    speech = samples()
    long = locutor.Audio(speech * 60, 16_000)
    stream = engine.transcribe_stream(long, language="en")
    next(stream)
    stream.close()
    # The next one waits for the end of the one before.
    assert SAID in engine.transcribe(locutor.Audio(speech, 16_000), language="en").text


def test_silence_has_no_text(engine: locutor.Engine) -> None:
    silence = locutor.Audio(array.array("f", [0.0] * 16_000), 16_000)
    transcript = engine.transcribe(silence)
    assert transcript.text == "" and transcript.segments == []


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
    with pytest.raises(locutor.InvalidInput) as caught:
        engine.transcribe(SPEECH, language="klingon")
    assert caught.value.parameter == "language"
    with pytest.raises(locutor.UnknownModel, match="whisper-base"):
        engine.transcribe(SPEECH, model="no-such-model")


def test_a_text_is_written_as_wished(engine: locutor.Engine) -> None:
    plain = engine.transcribe(SPEECH, punctuation="remove", replace={"fellow americans": "friends"})
    assert "and so my friends ask not" in plain.text
    with pytest.raises(locutor.InvalidInput, match="replace"):
        engine.transcribe(SPEECH, replace={" ": "x"})
    with pytest.raises(locutor.InvalidInput, match="hotwords"):
        engine.transcribe(SPEECH, hotwords=["x" * 101])


def test_speakers_are_told_and_quality(engine: locutor.Engine) -> None:
    transcript = engine.transcribe(SPEECH, diarize=True)
    assert {segment.speaker for segment in transcript.segments} == {"A"}
    assert not any(segment.words for segment in transcript.segments)
    quality = transcript.quality
    assert quality is not None and quality.words == 22
    assert quality.confidence is not None and 0.5 < quality.confidence <= 1
    assert quality.word_error_band is not None and quality.word_error_band[0] == 0
    with pytest.raises(locutor.InvalidInput, match="speakers"):
        engine.transcribe(SPEECH, diarize=True, speakers=99)
