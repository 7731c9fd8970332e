"""What an index gives: documents, passages, answers and the news while one is written."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal, Optional, Union

from ._results import _Result

Verdict = Literal["grounded", "quoted", "not_answered"]
"""How an answer stands to the passages. `grounded`: the model's own words, each sentence of which
the passages support; `quoted`: the passages' words, since the model's failed that check;
`not_answered`: the documents do not answer, and the text says so."""


@dataclass(frozen=True)
class Document(_Result):
    """A document that was added, and into how many passages it was cut."""

    id: str
    title: str
    chunks: int


@dataclass(frozen=True)
class Passage(_Result):
    """A part of a document. `start` and `end` are byte offsets in the source as UTF-8; `score` is
    comparable within one search only."""

    score: float
    document: str
    title: str
    heading: Optional[str]
    ordinal: int
    text: str
    start: int
    end: int
    tags: list[str] = field(repr=False)

    @classmethod
    def _of(cls, hit: dict[str, Any]) -> Passage:
        return cls(score=hit["score"], **hit["passage"])


@dataclass(frozen=True)
class Citation(_Result):
    """A sentence of a document that the answer rests on. `passage` is its place in
    `Answer.passages`; `start` and `end` are byte offsets in the source as UTF-8, of the quote
    where the source is plain there, else of its passage; `score` is a cosine similarity."""

    passage: int
    document: str
    title: str
    start: int
    end: int
    quote: str
    score: float


@dataclass(frozen=True)
class Evidence(_Result):
    """The check of one sentence that the model wrote; one that is not supported, for the reasons
    in `problems`, is not in the answer."""

    sentence: str
    supported: bool
    quote: Optional[str]
    similarity: float
    overlap: float
    problems: list[str]


@dataclass(frozen=True)
class Answer(_Result):
    """A checked answer. `citations` are in the order of the text, `passages` are all that were
    considered, best first; `timings` are seconds for each stage."""

    text: str
    verdict: Verdict
    citations: list[Citation]
    passages: list[Passage] = field(repr=False)
    evidence: list[Evidence] = field(repr=False)
    model: str
    prompt_tokens: int
    #: Of these, the first ones that were read for an earlier question already.
    cached_tokens: int
    completion_tokens: int
    finish_reason: str
    timings: dict[str, float] = field(repr=False)

    @property
    def seconds(self) -> float:
        """Time spent in all stages together."""
        return sum(self.timings.values())

    @classmethod
    def _of(cls, fields: dict[str, Any]) -> Answer:
        grounding = fields["grounding"]
        return cls(
            text=fields["text"],
            verdict=grounding["verdict"],
            citations=[Citation(**citation) for citation in fields["citations"]],
            passages=[Passage._of(hit) for hit in fields["passages"]],
            evidence=[Evidence(**evidence) for evidence in grounding["evidence"]],
            model=fields["model"],
            finish_reason=fields["finish_reason"],
            timings={timing["stage"]: timing["seconds"] for timing in fields["timings"]},
            **fields["usage"],
        )


@dataclass(frozen=True)
class PassagesFound(_Result):
    """What the answer may rest on, best first. Comes first, once."""

    passages: list[Passage]


@dataclass(frozen=True)
class TextWritten(_Result):
    """More of the answer: whole sentences that passed the check."""

    text: str


@dataclass(frozen=True)
class VerdictReached(_Result):
    """How the answer stands to the passages. Comes last, once."""

    verdict: Verdict


AnswerEvent = Union[PassagesFound, TextWritten, VerdictReached]
"""News while an answer is written."""


def _event(value: str) -> AnswerEvent:
    [(kind, content)] = json.loads(value).items()
    if kind == "passages":
        return PassagesFound([Passage._of(hit) for hit in content])
    if kind == "text":
        return TextWritten(content)
    return VerdictReached(content)
