"""The piper-tts package on the same voice.

usage: piper_peer.py MODEL.onnx
request: {"text"}; reply: {"seconds", "audio_seconds"}
"""

import importlib.metadata
import sys
import time

from piper import PiperVoice

import protocol

voice = PiperVoice.load(sys.argv[1])


def run(request):
    start = time.perf_counter()
    samples = sum(len(chunk.audio_int16_array) for chunk in voice.synthesize(request["text"]))
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "audio_seconds": samples / voice.config.sample_rate}


protocol.serve(f"piper-tts {importlib.metadata.version('piper-tts')}", run)
