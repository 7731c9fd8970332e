"""Keeps schemathesis from ending its own run; everything else it may do.

It finds the ids that earlier replies named and sends them back, so sooner or later it would revoke
the key or end the session that it works with, and everything after that would be a 401. Requests
that would change one of the ids in LOCUTOR_TEST_PROTECTED (with commas between them) get an unknown
id instead.

Access rules that would refuse the caller's own address are a 409, unless the caller insists. One
that insists would make everything after that a 403, so none does.

Web hooks' addresses come back in replies, and schemathesis 4.32.5 ends with an error of its own at those
whose host in brackets Python takes for no address; they are not sent.

Forms have only texts: null or `{}` as the title or label of a document is sent as those letters, which
make a title or label like any other. Such a request does not violate the schema, so it is not sent as
one that does.
"""

import os
import urllib.parse
import uuid

import schemathesis

PROTECTED = {name for name in os.environ.get("LOCUTOR_TEST_PROTECTED", "").split(",") if name}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS", "TRACE"}
TEXTS = {"title", "external_id", "tags"}
ACCESS_RULES = {"POST /admin/access-rules", "PUT /admin/access-rules/mode"}


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.method.upper() in SAFE_METHODS:
        return
    for name, value in (case.path_parameters or {}).items():
        if str(value).strip().lower() in PROTECTED:
            case.path_parameters[name] = str(uuid.uuid4())
    if case.operation.label in ACCESS_RULES and isinstance(case.body, dict) and case.body.get("force"):
        case.body["force"] = False


def is_text(value):
    if isinstance(value, list):
        return all(is_text(element) for element in value)
    return isinstance(value, (str, bytes))


def is_readable(value):
    """Whether Python's own reader of addresses takes it; what is no text is for the server to refuse."""
    try:
        urllib.parse.urlsplit(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


@schemathesis.hook
def filter_case(context, case):
    if isinstance(case.body, dict) and not is_readable(case.body.get("webhook_url")):
        return False
    if not (case.media_type or "").startswith("multipart/") or not isinstance(case.body, dict):
        return True
    # In a form one text alone is a list of one.
    if "tags" in case.body and not isinstance(case.body["tags"], list):
        return False
    return all(is_text(value) for name, value in case.body.items() if name in TEXTS)
