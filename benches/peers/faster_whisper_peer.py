"""faster-whisper with int8 weights, greedy, as Locutor decodes.

usage: faster_whisper_peer.py THREADS
request: {"audio": path of a 16 kHz mono WAV file}; reply: {"seconds", "text"}
"""

import importlib.metadata
import pathlib
import sys
import tempfile
import time

from faster_whisper import WhisperModel, decode_audio

import protocol
import whisper_base


with tempfile.TemporaryDirectory() as folder:
    model = WhisperModel(
        whisper_base.model_folder(pathlib.Path(folder)),
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
