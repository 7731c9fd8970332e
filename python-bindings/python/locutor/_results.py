"""What calls return. `to_dict()` gives plain values that `json` can write."""

from __future__ import annotations

import io
import os
import sys
import wave
from array import array
from dataclasses import asdict, dataclass, field
from typing import Any, Iterable, Optional, Union


class _Result:
    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]


@dataclass(frozen=True)
class Word(_Result):
    """One word; times in seconds from the start of the audio."""

    word: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class Segment(_Result):
    """A stretch of speech with Whisper's quality figures."""

    id: int
    start: float
    end: float
    text: str
    tokens: list[int] = field(repr=False)
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float
    words: list[Word]
    #: ISO 639-1 code, where it was detected.
    language: Optional[str] = None
    #: `A`, `B` and so on, where that was asked for.
    speaker: Optional[str] = None

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> Segment:
        return cls(**{**fields, "words": [Word(**word) for word in fields["words"]]})


@dataclass(frozen=True)
class Quality(_Result):
    """How well a recording could be heard."""

    #: Mean probability of the words, in [0, 1].
    confidence: Optional[float]
    words: int
    #: In a minute of speech.
    words_per_minute: Optional[float]
    speech_seconds: float
    #: Of the recording, in [0, 1].
    speech_share: float
    #: In decibels.
    signal_to_noise: Optional[float]
    #: Share of the samples at full scale, in [0, 1].
    clipped_share: float
    #: Between which shares of the words are likely to be wrong.
    word_error_band: Optional[tuple[float, float]]
    #: How often something was decoded again because a decode was poor.
    fallbacks: int
    #: Seconds that it took over seconds of the recording.
    real_time_factor: float

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> Quality:
        band = fields["word_error_band"]
        return cls(**{**fields, "word_error_band": None if band is None else tuple(band)})


@dataclass(frozen=True)
class Transcript(_Result):
    """A whole transcript."""

    language: str
    language_probability: float
    #: Seconds that it took to tell the language; 0 when it was given.
    detection_seconds: float
    duration: float
    text: str
    segments: list[Segment] = field(repr=False)
    #: How often something was decoded again because a decode was poor.
    fallbacks: int
    quality: Optional[Quality] = None

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> Transcript:
        segments = [Segment._of(segment) for segment in fields["segments"]]
        quality = fields.get("quality")
        quality = None if quality is None else Quality._of(quality)
        return cls(**{**fields, "segments": segments, "quality": quality})


@dataclass(frozen=True)
class Language(_Result):
    """A language (`code` as in ISO 639-1), and how likely in [0, 1] a text is in it."""

    code: str
    name: str
    probability: float

    @classmethod
    def _of(cls, guess: dict[str, Any]) -> Language:
        return cls(guess["language"], guess["name"], guess["confidence"])


@dataclass(frozen=True)
class Embedding(_Result):
    """A vector of unit length."""

    vector: list[float] = field(repr=False)
    tokens: int
    truncated: bool


@dataclass(frozen=True)
class Voice(_Result):
    """A voice to speak with."""

    id: str
    language: str


@dataclass(frozen=True)
class ScoredToken(_Result):
    """A token of the model's vocabulary, the bytes of text that it stands for, and the natural
    logarithm of its probability: the model's own, whatever the settings made of it."""

    token: int
    bytes: list[int]
    logprob: float

    @property
    def text(self) -> str:
        """The bytes as text, with replacement characters where they are no whole characters."""
        return bytes(self.bytes).decode(errors="replace")


@dataclass(frozen=True)
class TokenLogprobs(_Result):
    """A token of a text, and the likeliest tokens at its place, likeliest first; the chosen one
    need not be among them."""

    chosen: ScoredToken
    alternatives: list[ScoredToken]

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> TokenLogprobs:
        alternatives = [ScoredToken(**token) for token in fields["alternatives"]]
        return cls(ScoredToken(**fields["chosen"]), alternatives)


@dataclass(frozen=True)
class Generation(_Result):
    """A finished generation; `finish_reason` is `stop` or `length`. `logprobs` holds the tokens of
    the text where `generate` was asked for them."""

    text: str
    prompt_tokens: int
    #: Of these, the first ones that an earlier generation had read already.
    cached_tokens: int
    completion_tokens: int
    finish_reason: str
    logprobs: Optional[list[TokenLogprobs]] = field(default=None, repr=False)

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> Generation:
        tokens = fields["logprobs"]
        logprobs = None if tokens is None else [TokenLogprobs._of(token) for token in tokens]
        return cls(**{**fields, "logprobs": logprobs})


@dataclass(frozen=True)
class Audio:
    """Mono samples in [-1, 1]."""

    samples: array[float] = field(repr=False)
    sample_rate: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate

    def pcm(self) -> bytes:
        """The samples as signed 16-bit little-endian integers."""
        integers = array("h", (round(sample * 32767) for sample in self.samples))
        if sys.byteorder == "big":
            integers.byteswap()
        return integers.tobytes()

    def wav(self) -> bytes:
        """A WAV file."""
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(self.sample_rate)
            writer.writeframes(self.pcm())
        return file.getvalue()

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes a WAV file."""
        with open(path, "wb") as file:
            file.write(self.wav())

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values."""
        return {"samples": self.samples.tolist(), "sample_rate": self.sample_rate}

    @classmethod
    def _of(cls, value: tuple[bytes, int]) -> Audio:
        return cls(array("f", value[0]), value[1])

    @classmethod
    def _join(cls, parts: Iterable[Audio], sample_rate: int) -> Audio:
        samples = array("f")
        for part in parts:
            samples.extend(part.samples)
            sample_rate = part.sample_rate
        return cls(samples, sample_rate)
