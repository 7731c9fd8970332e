#!/usr/bin/env bash
# Builds the wheel, installs it into its own virtual environment and tests it there: pytest with
# the real models, mypy over the package and its use, stubtest over what the stub says of the
# native half.
set -euo pipefail
cd "$(dirname "$0")"
target="${CARGO_TARGET_DIR:-$(cd .. && pwd)/target}"
export CARGO_TARGET_DIR="$target"
environment="$target/python-bindings"
python="$environment/bin/python"

if ! cmp -s requirements.txt "$environment/installed.txt"; then
    python3 -m venv --clear "$environment"
    "$python" -m pip install --quiet --disable-pip-version-check -r requirements.txt
    cp requirements.txt "$environment/installed.txt"
fi

rm -rf "$target/wheels"
CARGO="$PWD/cargo-workspace" "$environment/bin/maturin" build --release --quiet \
    --compatibility linux --interpreter "$python" --out "$target/wheels"
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index \
    --force-reinstall "$target"/wheels/locutor-*.whl
cd tests
"$python" -m mypy --strict --config-file ../pyproject.toml --cache-dir "$target/mypy" -p locutor
"$python" -m mypy --strict --config-file ../pyproject.toml --cache-dir "$target/mypy" .
"$python" -m mypy.stubtest locutor._locutor --mypy-config-file ../pyproject.toml
exec "$python" -m pytest --rootdir . -q -o cache_dir="$target/pytest" "$@"
