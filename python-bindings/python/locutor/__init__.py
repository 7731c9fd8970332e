"""Locutor: hear, embed, write and speak on a plain CPU."""

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
    UnknownModel,
)
from ._results import Audio, Embedding, Generation, Segment, Transcript, Voice, Word
from ._stream import Stream

__all__ = [
    "Audio",
    "BackendError",
    "Busy",
    "Cancelled",
    "Embedding",
    "Engine",
    "Error",
    "FileError",
    "Generation",
    "InvalidAudio",
    "InvalidInput",
    "MissingLibrary",
    "ModelMissing",
    "Segment",
    "Source",
    "Stream",
    "Transcript",
    "UnknownModel",
    "Voice",
    "Word",
]
