"""ONNX Runtime with the same sentence embedding model, its weights rounded to int8.

usage: onnxruntime_peer.py MODEL-FOLDER THREADS
request: {"ids": one list of tokens for each text, all of one length, "vectors": whether to give them};
reply: {"seconds", "vectors"}

No ONNX file of the model can be had where Locutor is built, so the graph is made here, from the
weights that Locutor reads (`minilm_onnx`), and given to ONNX Runtime's own tools: its transformer
optimiser (fused attention, layer normalisation and GELU) and its dynamic quantisation. With the
optimiser or without, the faster one on this machine is timed, which is told by the name.
"""

import importlib.metadata
import itertools
import json
import pathlib
import sys
import tempfile
import time

import numpy
import onnxruntime

import minilm_onnx
import protocol

folder, threads = pathlib.Path(sys.argv[1]), int(sys.argv[2])
output, sys.stdout = sys.stdout, sys.stderr


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def embed(model, ids):
    """Unit vectors, the mean over all tokens; there is no padding."""
    hidden = model.run(None, {"ids": ids})[0]
    mean = hidden.mean(axis=1)
    return mean / numpy.linalg.norm(mean, axis=1, keepdims=True)


def timed(model, ids):
    start = time.perf_counter()
    vectors = embed(model, ids)
    return time.perf_counter() - start, vectors


def fastest(into):
    """The variant of eight bits that needs the least time for texts like those that are timed."""
    config = json.loads((folder / "config.json").read_text())
    random = numpy.random.default_rng(7)
    ids = random.integers(2_000, 20_000, (32, 128), dtype=numpy.int64)
    variants = minilm_onnx.variants(folder, config, into)
    [(_, plain)] = itertools.islice(variants, 1)
    exact = embed(session(plain), ids)
    found = []
    for name, path in variants:
        model = session(path)
        cosine = float((embed(model, ids) * exact).sum(axis=1).mean())
        assert cosine > 0.98, f"{name}: cosine {cosine}"
        seconds = min(timed(model, ids)[0] for _ in range(5))
        print(f"{name}: {seconds:.3f} s, cosine {cosine:.4f}", file=sys.stderr)
        found.append((seconds, name, model))
    return min(found, key=lambda one: one[0])[1:]


with tempfile.TemporaryDirectory() as scratch:
    name, model = fastest(pathlib.Path(scratch))
sys.stdout = output


def run(request):
    seconds, vectors = timed(model, numpy.array(request["ids"], dtype=numpy.int64))
    return {"seconds": seconds, "vectors": vectors.tolist() if request["vectors"] else []}


protocol.serve(f"onnxruntime {importlib.metadata.version('onnxruntime')} {name}", run)
