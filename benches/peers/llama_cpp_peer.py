"""llama.cpp through llama-cpp-python, on the same GGUF file.

usage: llama_cpp_peer.py MODEL.gguf THREADS
request: {"text", "prefill", "decode"}; reply: {"prefill_seconds", "decode_seconds"}

The tokens are evaluated and sampled one by one without leaving the library's own calls, and the
end-of-text token does not end the run, so exactly `decode` tokens are timed.
"""

import importlib.metadata
import sys
import time

from llama_cpp import Llama

import protocol

model = Llama(
    sys.argv[1],
    n_ctx=2048,
    n_batch=512,
    n_threads=int(sys.argv[2]),
    n_threads_batch=int(sys.argv[2]),
    verbose=False,
)


def run(request):
    tokens = model.tokenize(request["text"].encode(), add_bos=False)[: request["prefill"]]
    assert len(tokens) == request["prefill"], "the text is too short"
    model.reset()
    start = time.perf_counter()
    model.eval(tokens)
    token = model.sample(temp=0.0)
    prefilled = time.perf_counter()
    for _ in range(request["decode"] - 1):
        model.eval([token])
        token = model.sample(temp=0.0)
    done = time.perf_counter()
    return {"prefill_seconds": prefilled - start, "decode_seconds": done - prefilled}


protocol.serve(f"llama-cpp-python {importlib.metadata.version('llama-cpp-python')}", run)
