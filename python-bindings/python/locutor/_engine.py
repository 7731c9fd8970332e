"""The engine."""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Iterable, Literal, Mapping, Optional, Sequence, Union

from . import _locutor
from ._errors import InvalidInput
from ._index import Index
from ._languages import LanguageReport, SpokenLanguages
from ._results import Audio, Embedding, Generation, Language, Segment, Transcript, Voice
from ._stream import Stream, whole

Source = Union[bytes, bytearray, str, "os.PathLike[str]", Audio, Any]
"""Audio: a file's bytes, its path, an `Audio`, or with `sample_rate` a buffer of 32-bit floats
(an `array` or a one-dimensional numpy array)."""


class Engine:
    """Loads models on first use and keeps them; one engine serves all threads of a program."""

    def __init__(
        self,
        models_dir: Optional[Union[str, os.PathLike[str]]] = None,
        threads: Optional[int] = None,
        memory_budget: Optional[int] = None,
        unload_after: Optional[float] = None,
    ) -> None:
        """`memory_budget` is in bytes of model files, `unload_after` in seconds."""
        self._engine = _locutor.Engine(models_dir, threads, memory_budget, unload_after)

    def transcribe_stream(
        self,
        audio: Source,
        *,
        sample_rate: Optional[int] = None,
        language: Optional[str] = None,
        words: bool = False,
        translate: bool = False,
        prompt: Optional[str] = None,
        hotwords: Sequence[str] = (),
        temperature: float = 0.0,
        diarize: bool = False,
        speakers: Optional[int] = None,
        noise_suppression: bool = False,
        profanity: Literal["keep", "mask", "remove"] = "keep",
        numbers: Literal["keep", "digits", "words"] = "keep",
        punctuation: Literal["keep", "remove"] = "keep",
        fillers: Literal["keep", "remove"] = "keep",
        replace: Optional[Mapping[str, str]] = None,
        model: Optional[str] = None,
    ) -> Stream[Segment, Transcript]:
        """As `transcribe`, segment by segment; with `diarize`, once the speakers of all are known."""
        options = json.dumps(
            {
                "model": model,
                "language": language,
                "prompt": prompt,
                "temperature": temperature,
                "words": words,
                "translate": translate,
                "hotwords": list(hotwords),
                "diarize": diarize,
                "speakers": speakers,
                "noise_suppression": noise_suppression,
                "writing": {
                    "profanity": profanity,
                    "numbers": numbers,
                    "punctuation": punctuation,
                    "fillers": fillers,
                    "replace": list((replace or {}).items()),
                },
            }
        )
        work = _started(
            audio,
            sample_rate,
            lambda source: self._engine.transcribe(source, options),
            lambda samples, rate: self._engine.transcribe_samples(samples, rate, options),
        )
        return Stream(
            work,
            lambda segment: Segment._of(json.loads(segment)),
            lambda transcript: Transcript._of(json.loads(transcript)),
        )

    transcribe = whole(
        transcribe_stream,
        """Writes down speech; `language` (`en`) is detected unless given.

        `words` asks for the time of each word, `translate` for English, `prompt` holds words and
        spellings to expect, `hotwords` such as are likelier than the model thinks. `diarize` tells
        who speaks (`A`, `B`, ...), of `speakers` people where that is known; it needs the model
        `resemblyzer`. `noise_suppression` takes noise out before anything is heard.

        `profanity` masks (`f***`) or removes bad language, `numbers` writes them in digits or words,
        `punctuation="remove"` writes without punctuation and capitals, `fillers="remove"` without "um",
        and `replace` puts other words in the place of some.
        """,
    )

    def detect_language(self, text: str) -> list[Language]:
        """The languages that a text may be in, likeliest first; none when it holds no words."""
        guesses = json.loads(self._engine.detect_language(text).result())
        return [Language._of(guess) for guess in guesses]

    def language_report(self, text: str) -> LanguageReport:
        """All that can be told of a text's language: which ones, which variety, where it changes."""
        return LanguageReport._of(text, json.loads(self._engine.report_language(text).result()))

    def spoken_languages_stream(
        self,
        audio: Source,
        *,
        sample_rate: Optional[int] = None,
        model: Optional[str] = None,
    ) -> Stream[float, SpokenLanguages]:
        """As `spoken_languages`; yields the share that was listened to, in [0, 1]."""
        work = _started(
            audio,
            sample_rate,
            lambda source: self._engine.spoken_languages(source, model),
            lambda samples, rate: self._engine.spoken_languages_of_samples(samples, rate, model),
        )
        return Stream(work, json.loads, lambda heard: SpokenLanguages._of(json.loads(heard)))

    spoken_languages = whole(
        spoken_languages_stream,
        """Which languages are spoken in a recording, and where that changes; pauses, noise and
        music count for nothing. The model must know several languages.
        """,
    )

    def embed(
        self, texts: Union[str, Sequence[str]], *, model: Optional[str] = None
    ) -> list[Embedding]:
        """One vector for each text, in order."""
        texts = [texts] if isinstance(texts, str) else list(texts)
        work = self._engine.embed(texts, model)
        return [Embedding(*embedding) for embedding in work.result()]

    def speak(
        self,
        text: str,
        *,
        voice: Optional[str] = None,
        speed: float = 1.0,
        model: Optional[str] = None,
    ) -> Audio:
        """Reads the text aloud; empty audio when there is nothing to say."""
        return Audio._join(self.speak_stream(text, voice=voice, speed=speed, model=model), 22_050)

    def speak_stream(
        self,
        text: str,
        *,
        voice: Optional[str] = None,
        speed: float = 1.0,
        model: Optional[str] = None,
    ) -> Stream[Audio, None]:
        """As `speak`, sentence by sentence, each with the pause that follows it."""
        return Stream(self._engine.speak(text, voice, speed, model), Audio._of, lambda _: None)

    def voices(self, *, model: Optional[str] = None) -> list[Voice]:
        """The voices that `speak` knows."""
        return [Voice(**voice) for voice in json.loads(self._engine.voices(model).result())]

    def generate_stream(
        self,
        messages: Union[str, Iterable[Mapping[str, str]]],
        *,
        max_tokens: int = 256,
        temperature: float = 0.0,
        top_k: Optional[int] = None,
        top_p: float = 1.0,
        min_p: float = 0.0,
        repetition_penalty: float = 1.0,
        presence_penalty: float = 0.0,
        frequency_penalty: float = 0.0,
        logit_bias: Optional[Mapping[int, float]] = None,
        response_format: Union[Literal["text", "json"], Mapping[str, Any]] = "text",
        logprobs: Optional[int] = None,
        seed: int = 0,
        stop: Sequence[str] = (),
        model: Optional[str] = None,
    ) -> Stream[str, Generation]:
        """As `generate`, piece by piece."""
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        options = {
            "model": model,
            "messages": [dict(message) for message in messages],
            "logprobs": logprobs,
            "response_format": _format(response_format),
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
        work = self._engine.generate(json.dumps(options))
        return Stream(work, str, lambda generation: Generation._of(json.loads(generation)))

    generate = whole(
        generate_stream,
        """Continues a conversation of `{"role", "content"}`; a string is one user message.

        The temperature is in [0, 2]; 0 takes the likeliest token. `top_k`, `top_p` and `min_p`
        narrow what may be drawn. `repetition_penalty` is over the last 256 tokens of messages and
        reply, `presence_penalty` and `frequency_penalty` are over the reply. `logit_bias` adds a
        number to the score of a token; -100 bans it, 100 forces it. `response_format` is `"json"`
        for a JSON object or a JSON Schema that the reply fits (of a pydantic model:
        `Model.model_json_schema()`), unless `max_tokens` cuts it off. `logprobs` reports how likely
        each token was, with so many alternatives (at most 20).
        """,
    )

    def open_index(self, folder: Union[str, os.PathLike[str]]) -> Index:
        """Opens the index in a folder, or makes a new one, to add documents and ask about them.

        One process may have the folder open at a time, and gets the same index however often it
        opens it; another process gets a `StoreError`.
        """
        return Index(self._engine.open_index(folder).result(), folder)


def _format(format: Union[str, Mapping[str, Any]]) -> Union[str, dict[str, Any]]:
    return format if isinstance(format, str) else dict(format)


def _started(
    audio: Source,
    sample_rate: Optional[int],
    of_file: Callable[[Union[bytes, str]], _locutor.Work],
    of_samples: Callable[[bytes, int], _locutor.Work],
) -> _locutor.Work:
    """Hands audio over as what it is: a path, a file's bytes, or samples."""
    if isinstance(audio, Audio):
        sample_rate = audio.sample_rate
        audio = audio.samples
    if isinstance(audio, (str, os.PathLike)):
        return of_file(os.fspath(audio))
    if sample_rate is None:
        return of_file(_encoded(audio))
    return of_samples(_samples(audio), sample_rate)


def _encoded(audio: Any) -> bytes:
    if not isinstance(audio, (bytes, bytearray, memoryview)):
        raise InvalidInput("sample_rate: samples need it, in hertz", parameter="sample_rate")
    return bytes(audio)


def _samples(audio: Any) -> bytes:
    view = memoryview(audio)
    if view.format not in ("f", "<f", "=f") or view.ndim != 1:
        raise InvalidInput(
            f"audio: one dimension of 32-bit floats is needed, this is {view.ndim} of"
            f" format {view.format!r}; convert it with `.astype('float32')`",
            parameter="audio",
        )
    return view.tobytes()
