#!/bin/bash
# Compiles the Python of $RELEASE, with $OPTIONS, into /usr/local.
set -euo pipefail
case "$RELEASE" in
    "$PYTHON".*) ;;
    *) echo "PYTHON_RELEASE=$RELEASE is no release of PYTHON=$PYTHON" >&2; exit 2 ;;
esac
cd "/usr/src/Python-$RELEASE"
# shellcheck disable=SC2086 # These are several.
./configure --prefix=/usr/local --enable-shared --disable-test-modules LDFLAGS=-Wl,-rpath,/usr/local/lib $OPTIONS
make --jobs "$(nproc)"
make install
