"""Keeps schemathesis from taking away its own credential.

It finds the ids that earlier replies named and sends them back, so sooner or later it would revoke
the key that it works with, and everything after that would be a 401. Requests that would change
one of the ids in LOCUTOR_TEST_PROTECTED (with commas between them) get an unknown id instead.
"""

import os
import uuid

import schemathesis

PROTECTED = {name for name in os.environ.get("LOCUTOR_TEST_PROTECTED", "").split(",") if name}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method.upper() in SAFE_METHODS:
        return
    for name, value in (case.path_parameters or {}).items():
        if str(value).strip().lower() in PROTECTED:
            case.path_parameters[name] = str(uuid.uuid4())
