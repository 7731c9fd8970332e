"""Documents in a folder."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import Iterable, Literal, Mapping, Optional, Sequence, Union

from . import _locutor
from ._answers import Answer, AnswerEvent, Document, Passage, _event
from ._stream import Closing, Stream, whole

DocumentId = Union[str, uuid.UUID, "os.PathLike[str]"]
"""What names a document: `Document.id`, a name of your own, or for a file its `Path`."""

Format = Literal["text", "markdown", "html"]
"""Markup of a document."""

_OWN_NAMES = uuid.UUID("3c1e0c2e-6d0b-4b53-9a55-6f1f0b1b7d52")


class Index(Closing):
    """Documents that questions are answered from; `Engine.open_index` opens it.

    One index serves all threads of a program. Closing or dropping it gives the folder up, once
    no work needs it any more; what was added stays there.
    """

    def __init__(self, index: _locutor.Index, folder: Union[str, os.PathLike[str]]) -> None:
        self._index = index
        self._folder = os.fspath(folder)

    def __repr__(self) -> str:
        return f"Index({self._folder!r})"

    def add(
        self,
        path: Union[str, os.PathLike[str]],
        *,
        id: Optional[DocumentId] = None,
        title: Optional[str] = None,
        format: Optional[Format] = None,
        tags: Union[str, Iterable[str]] = (),
    ) -> Document:
        """Adds a text file, or puts it in the place of what was added from that path (or with
        that `id`) before.

        Unless given, the ending of its name tells the format, and its first heading or line is
        the title to cite it by. An interrupted call leaves the older one as it was.
        """
        options = _document_options(Path(path) if id is None else id, title, format, tags)
        return _document(self._index.add_file(os.fspath(path), options))

    def add_text(
        self,
        text: str,
        *,
        id: Optional[DocumentId] = None,
        title: Optional[str] = None,
        format: Format = "text",
        tags: Union[str, Iterable[str]] = (),
    ) -> Document:
        """As `add`, for a text. Without an `id` only the very same text is replaced."""
        options = _document_options(text if id is None else id, title, format, tags)
        return _document(self._index.add_text(text, options))

    def remove(self, id: DocumentId) -> bool:
        """Removes a document; tells whether it was there."""
        removed: bool = json.loads(self._index.remove(_uuid_of(id)).result())
        return removed

    def clear(self) -> None:
        """Removes all documents."""
        self._index.clear().result()

    def count(self) -> int:
        """Number of passages."""
        return self._index.count()

    def search(
        self,
        question: str,
        *,
        limit: int = 5,
        tags: Union[str, Iterable[str]] = (),
        documents: Union[DocumentId, Iterable[DocumentId]] = (),
    ) -> list[Passage]:
        """The passages nearest to the question, by meaning and by words, best first.

        With `tags` only documents that have one of them, with `documents` only those.
        """
        options = json.dumps(_search_options(limit, tags, documents))
        hits = json.loads(self._index.search(question, options).result())
        return [Passage._of(hit) for hit in hits]

    def ask_stream(
        self,
        question: str,
        *,
        limit: int = 5,
        tags: Union[str, Iterable[str]] = (),
        documents: Union[DocumentId, Iterable[DocumentId]] = (),
        history: Iterable[Mapping[str, str]] = (),
        instructions: Optional[str] = None,
        max_tokens: int = 160,
        temperature: float = 0.0,
        top_k: Optional[int] = None,
        top_p: float = 1.0,
        min_p: float = 0.0,
        repetition_penalty: float = 1.0,
        presence_penalty: float = 0.0,
        frequency_penalty: float = 0.0,
        logit_bias: Optional[Mapping[int, float]] = None,
        seed: int = 0,
        stop: Sequence[str] = (),
        model: Optional[str] = None,
    ) -> Stream[AnswerEvent, Answer]:
        """As `ask`, with what happens on the way: passages, then text, then the verdict."""
        options = {
            "search": _search_options(limit, tags, documents),
            "history": [dict(message) for message in history],
            "instructions": instructions,
            "model": model,
            "writing": {
                "max_tokens": max_tokens,
                "temperature": temperature,
                "top_k": top_k,
                "top_p": top_p,
                "min_p": min_p,
                "repetition_penalty": repetition_penalty,
                "presence_penalty": presence_penalty,
                "frequency_penalty": frequency_penalty,
                "logit_bias": dict(logit_bias or {}),
                "seed": seed,
                "stop": list(stop),
            },
        }
        work = self._index.ask(question, json.dumps(options))
        return Stream(work, _event, lambda answer: Answer._of(json.loads(answer)))

    ask = whole(
        ask_stream,
        """Answers from the documents, with citations, or says that they do not answer.

        `limit`, `tags` and `documents` are those of `search`, `history` are earlier turns of
        `{"role", "content"}`, `instructions` stand in front of the engine's own. The draft is
        written with the settings of `Engine.generate`.
        """,
    )

    def close(self) -> None:
        """Gives the folder up; every later call but this one raises `InvalidInput`."""
        self._index.close()


def _document(work: _locutor.Work) -> Document:
    return Document(**json.loads(work.result()))


def _document_options(
    id: DocumentId,
    title: Optional[str],
    format: Optional[Format],
    tags: Union[str, Iterable[str]],
) -> str:
    return json.dumps({"id": _uuid_of(id), "title": title, "format": format, "tags": _labels(tags)})


def _labels(tags: Union[str, Iterable[str]]) -> list[str]:
    return [tags] if isinstance(tags, str) else list(tags)


def _search_options(
    limit: int,
    tags: Union[str, Iterable[str]],
    documents: Union[DocumentId, Iterable[DocumentId]],
) -> dict[str, object]:
    if isinstance(documents, (str, uuid.UUID, os.PathLike)):
        documents = [documents]
    ids = [_uuid_of(document) for document in documents]
    return {"limit": limit, "filter": {"documents": ids, "tags": _labels(tags)}}


def _uuid_of(id: DocumentId) -> str:
    """The id that the engine knows the document by: always the same for the same name."""
    if isinstance(id, os.PathLike):
        id = Path(id).resolve().as_uri()
    try:
        return str(uuid.UUID(str(id)))
    except ValueError:
        return str(uuid.uuid5(_OWN_NAMES, str(id)))
