"""llama.cpp through llama-cpp-python, on the same GGUF file.

usage: llama_cpp_peer.py MODEL.gguf THREADS [q4_0]
With `q4_0` it first makes its own file of the same weights in the format for which it has its fastest
kernels.

request: {"text", "prefill", "decode"}; reply: {"prefill_seconds", "decode_seconds"}

The tokens are evaluated and sampled one by one without leaving the library's own calls, and the
end-of-text token does not end the run, so exactly `decode` tokens are timed.
"""

import importlib.metadata
import sys
import tempfile
import time
from pathlib import Path

import llama_cpp
import protocol
from llama_cpp import Llama


@llama_cpp.llama_log_callback
def silent(_level, _text, _data):
    pass


def requantised(model, folder):
    llama_cpp.llama_log_set(silent, None)
    target = Path(folder) / "model-q4_0.gguf"
    settings = llama_cpp.llama_model_quantize_default_params()
    settings.ftype = llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0
    settings.allow_requantize = True
    failed = llama_cpp.llama_model_quantize(model.encode(), str(target).encode(), settings)
    assert not failed, f"quantising failed with {failed}"
    return str(target)


folder = tempfile.TemporaryDirectory()
path = requantised(sys.argv[1], folder.name) if sys.argv[3:] == ["q4_0"] else sys.argv[1]
model = Llama(
    path,
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
