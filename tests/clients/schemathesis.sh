#!/usr/bin/env bash
# Runs schemathesis against a running server and fails on any failure: with all its checks, which is what it does unless
# told otherwise (`--checks all` would take back the exceptions of the configuration).
#
#   LOCUTOR_URL             where the server listens
#   LOCUTOR_KEY             the API key to use
#   LOCUTOR_TEST_PROTECTED  ids that it must not remove, with commas between them
#   LOCUTOR_TEST_PYTHON     the Python of the test environment
#   SECONDS_TO_RUN          the time it may take, 240 by default
#
# More arguments go to schemathesis.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# Nothing of an earlier run, such as its database of examples, may play a part.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export SCHEMATHESIS_HOOKS="$here/schemathesis_hooks.py"
"$(dirname "$LOCUTOR_TEST_PYTHON")/schemathesis" \
    --config-file "$here/schemathesis.toml" \
    run "$LOCUTOR_URL/openapi.json" \
    --header "Authorization: Bearer $LOCUTOR_KEY" \
    --max-time "${SECONDS_TO_RUN:-240}" \
    --request-timeout 60 \
    --seed "${SEED:-1}" \
    --no-color \
    "$@"
