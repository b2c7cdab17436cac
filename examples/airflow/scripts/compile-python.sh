#!/bin/bash
# Compiles the Python of $RELEASE into /usr/local.
set -euo pipefail
[ -n "$SHA256" ] || { echo "PYTHON_FROM=source wants PYTHON_SHA256" >&2; exit 2; }
cd "$(mktemp -d)"
curl --fail --silent --show-error --location --output python.tgz "$URL/$RELEASE/Python-$RELEASE.tgz"
echo "$SHA256  python.tgz" | sha256sum --check --quiet
tar --extract --gzip --file python.tgz --strip-components 1
./configure --prefix=/usr/local --enable-shared LDFLAGS=-Wl,-rpath,/usr/local/lib
make --jobs "$(nproc)"
make install
rm -r "$PWD"
