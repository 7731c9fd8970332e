"""Locutor: hear, tell languages apart, answer from documents, write and speak on a plain CPU."""

from ._answers import (
    Answer,
    AnswerEvent,
    Citation,
    Document,
    Evidence,
    Passage,
    PassagesFound,
    TextWritten,
    Verdict,
    VerdictReached,
)
from ._engine import Engine, Source
from ._errors import (
    BackendError,
    Busy,
    Cancelled,
    Error,
    FileError,
    InvalidAudio,
    InvalidInput,
    MissingLibrary,
    ModelMissing,
    StoreError,
    UnknownModel,
)
from ._index import DocumentId, Format, Index
from ._results import Audio, Embedding, Generation, Language, Segment, Transcript, Voice, Word
from ._stream import Stream

__all__ = [
    "Answer",
    "AnswerEvent",
    "Audio",
    "BackendError",
    "Busy",
    "Cancelled",
    "Citation",
    "Document",
    "DocumentId",
    "Embedding",
    "Engine",
    "Error",
    "Evidence",
    "FileError",
    "Format",
    "Generation",
    "Index",
    "InvalidAudio",
    "InvalidInput",
    "Language",
    "MissingLibrary",
    "ModelMissing",
    "Passage",
    "PassagesFound",
    "Segment",
    "Source",
    "Stream",
    "StoreError",
    "TextWritten",
    "Transcript",
    "UnknownModel",
    "Verdict",
    "VerdictReached",
    "Voice",
    "Word",
]
