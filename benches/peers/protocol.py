"""What every peer speaks: one JSON object per line in, one out.

The first line out is {"ready": true, "name": ...}, once the model is loaded. After that each
request is one timed run, measured here, inside the peer, so that neither Python's start nor the
pipe is held against it. The peer ends when its input does.
"""

import json
import sys


def serve(name, run):
    """Answers each request with `run(request)`."""
    # Libraries may print; their words must not end up between ours.
    output, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps({"ready": True, "name": name}), file=output, flush=True)
    for line in sys.stdin:
        try:
            reply = run(json.loads(line))
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=output, flush=True)
