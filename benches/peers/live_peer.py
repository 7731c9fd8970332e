"""WhisperLiveKit with faster-whisper, heard in real time as its server hears: without a socket.

It commits what two passes in a row agree on (LocalAgreement-2), with five beams, as it does on its
own. A pass waits for half a second of new audio. faster-whisper's voice activity detection leaves
silence out; with `pauses` its own is used instead, as its server does: each pause of 100 ms then
costs two passes that cannot be left out. MODEL is `whisper-base`, or a folder with
a model for CTranslate2.

usage: live_peer.py THREADS MODEL [pauses]
request: {"audio": path of a 16 kHz mono WAV file, optionally "language"}
reply: {"words": [{"word", "end", "at"}], "first", "text", "late"}. "end" is where the peer says that
the word ended and "at" when it was committed, both in seconds from the start. "first" has, for each
beginning of speech after half a second without, the seconds from there until the first text of it
was shown. "late" is by how many seconds a piece was played too late at most.
"""

import asyncio
import importlib.metadata
import logging
import pathlib
import sys
import tempfile
import wave

import numpy
from faster_whisper import WhisperModel
from faster_whisper.vad import VadOptions, get_speech_timestamps
from whisperlivekit import AudioProcessor, TranscriptionEngine

import protocol
import whisper_base

RATE = 16000
PIECE_SECONDS = 0.1
# New audio that a pass waits for.
CHUNK_SECONDS = 0.5
# Shorter pauses are within an utterance, as they are to Locutor.
PAUSE_SECONDS = 0.5


def load(threads, model, pauses):
    """The engine; its own way to load a model has no say in threads and kind of weights."""
    with tempfile.TemporaryDirectory() as folder:
        path = whisper_base.model_folder(pathlib.Path(folder)) if model == "whisper-base" else model
        engine = TranscriptionEngine(
            backend="faster-whisper",
            backend_policy="localagreement",
            model_path=path,
            lan="en",
            vac=pauses,
            asr_coalesce_min_s=CHUNK_SECONDS,
            pcm_input=True,
            warmup_file="",
        )
        engine.asr.model = WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=threads)
    if not pauses:
        engine.asr.use_vad()
    return engine


def beginnings(samples):
    """Where speech begins after a pause, in seconds, by the detector that all of them use: Silero's."""
    audio = numpy.frombuffer(samples, numpy.int16).astype(numpy.float32) / 32768
    options = VadOptions(min_silence_duration_ms=1000 * PAUSE_SECONDS, speech_pad_ms=0)
    return [speech["start"] / RATE for speech in get_speech_timestamps(audio, options)]


async def play(session, samples, started):
    """Gives the samples at the pace at which they were spoken; how late a piece was at most."""
    clock = asyncio.get_running_loop().time
    size = round(RATE * PIECE_SECONDS) * 2
    late = 0.0
    for number, start in enumerate(range(0, len(samples), size), start=1):
        due = started + number * PIECE_SECONDS
        await asyncio.sleep(max(0.0, due - clock()))
        late = max(late, clock() - due)
        await session.process_audio(samples[start : start + size])
    await session.process_audio(b"")
    return late


async def hear(samples, language):
    clock = asyncio.get_running_loop().time
    began = beginnings(samples)
    session = AudioProcessor(transcription_engine=engine, language=language)
    results = await session.create_tasks()
    started = clock()
    playing = asyncio.create_task(play(session, samples, started))
    words, first, seen, shown = [], [], 0, 0
    # Whatever changes comes out here, for a client to show it.
    async for _ in results:
        at = clock() - started
        tokens = session.state.tokens[seen:]
        seen += len(tokens)
        for token in tokens:
            # What follows without a space is the rest of a word.
            if words and not token.text.startswith(" "):
                words[-1] = {"word": words[-1]["word"] + token.text, "end": token.end, "at": at}
            else:
                words.append({"word": token.text.strip(), "end": token.end, "at": at})
        tentative = session.state.buffer_transcription
        ends = [token.end for token in tokens]
        if tentative.text and tentative.end is not None:
            ends.append(tentative.end)
        while shown < len(began) and max(ends, default=0.0) > began[shown]:
            first.append(at - began[shown])
            shown += 1
    late = await playing
    await session.cleanup()
    return {
        "words": words,
        "first": first,
        "text": " ".join(word["word"] for word in words),
        "late": late,
    }


def run(request):
    with wave.open(request["audio"]) as file:
        form = file.getframerate(), file.getnchannels(), file.getsampwidth()
        if form != (RATE, 1, 2):
            raise ValueError(f"not a 16 kHz mono WAV file of 16 bits: {form}")
        samples = file.readframes(file.getnframes())
    return asyncio.run(hear(samples, request.get("language", "en")))


logging.disable(logging.INFO)
pauses = sys.argv[3:] == ["pauses"]
engine = load(int(sys.argv[1]), sys.argv[2], pauses)
versions = [importlib.metadata.version(name) for name in ("whisperlivekit", "faster-whisper")]
name = "WhisperLiveKit {} with faster-whisper {} int8".format(*versions)
protocol.serve(f"{name}, pauses detected" if pauses else name, run)
