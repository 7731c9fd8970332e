"""Which languages a text or a recording is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from ._results import Language, _Result


@dataclass(frozen=True)
class VarietyWord(_Result):
    """A word that tells varieties apart: `text[start:end]` of the whole text."""

    text: str
    start: int
    end: int
    varieties: list[str]


@dataclass(frozen=True)
class Variety(_Result):
    """A variety of a language (`en-GB`), and how likely in [0, 1] a text is in it."""

    code: str
    probability: float


@dataclass(frozen=True)
class LanguageSpan(_Result):
    """A piece of a text in one language: `text[start:end]` of the whole."""

    text: str
    start: int
    end: int
    language: Language


@dataclass(frozen=True)
class LanguageReport(_Result):
    """All that can be told of a text's language."""

    #: Of the whole, likeliest first; none when it holds no words.
    languages: list[Language]
    #: Of the likeliest language, likeliest first; none where no word tells.
    varieties: list[Variety]
    #: The words that tell.
    evidence: list[VarietyWord]
    spans: list[LanguageSpan]
    #: Share of the letters by language code, most first.
    shares: dict[str, float]

    @classmethod
    def _of(cls, text: str, fields: dict[str, Any]) -> LanguageReport:
        variety: Optional[dict[str, Any]] = fields["variety"]
        told = variety or {"guesses": [], "evidence": []}
        return cls(
            languages=[Language._of(guess) for guess in fields["languages"]],
            varieties=[Variety(one["variety"], one["confidence"]) for one in told["guesses"]],
            evidence=[
                VarietyWord(one["text"], one["range"]["start"], one["range"]["end"], one["varieties"])
                for one in told["evidence"]
            ],
            spans=[_span(text, span) for span in fields["spans"]],
            shares={share["language"]: share["share"] for share in fields["shares"]},
        )


def _span(text: str, span: dict[str, Any]) -> LanguageSpan:
    start, end = span["range"]["start"], span["range"]["end"]
    return LanguageSpan(text[start:end], start, end, Language._of(span))


@dataclass(frozen=True)
class SpokenSpan(_Result):
    """A piece of a recording in one language; times in seconds from its start."""

    start: float
    end: float
    language: Language


@dataclass(frozen=True)
class SpokenLanguages(_Result):
    """Which languages are spoken in a recording."""

    #: Of the whole, likeliest first; none when nobody speaks.
    languages: list[Language]
    spans: list[SpokenSpan]
    #: Share of the speech by language code, most first.
    shares: dict[str, float]
    speech_seconds: float
    duration: float

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> SpokenLanguages:
        return cls(
            languages=[Language._of(guess) for guess in fields["languages"]],
            spans=[
                SpokenSpan(span["start"], span["end"], Language._of(span))
                for span in fields["spans"]
            ],
            shares={share["language"]: share["share"] for share in fields["shares"]},
            speech_seconds=fields["speech_seconds"],
            duration=fields["duration"],
        )
