set -eux; \
savedAptMark="$(apt-mark showmanual)"; \
apt-get update; \
apt-get install -y --no-install-recommends dirmngr gnupg wget; \
rm -rf /var/lib/apt/lists/*; \
arch="$(dpkg --print-architecture | awk -F- '{ print $NF }')"; \
wget -O /usr/local/bin/tool "https://example.com/tool-$arch"; \
export GNUPGHOME="$(mktemp -d)"; \
gpg --batch --verify /tool.asc /usr/local/bin/tool; \
gpgconf --kill all; \
rm -rf "$GNUPGHOME" /tool.asc; \
apt-mark auto '.*' > /dev/null; \
[ -z "$savedAptMark" ] || apt-mark manual $savedAptMark; \
apt-get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false; \
chmod +x /usr/local/bin/tool; \
tool --version
#!
groupadd -r app && useradd -r -g app -d /home/app app \
    && mkdir -p /home/app/.cache \
    && chown -R app:app /home/app
#!
curl -fsSL https://deb.example.com/key.gpg | gpg --dearmor -o /usr/share/keyrings/x.gpg \
    && echo "deb [signed-by=/usr/share/keyrings/x.gpg] https://deb.example.com $(. /etc/os-release && echo "$VERSION_CODENAME") main" \
        > /etc/apt/sources.list.d/x.list \
    && apt-get update && apt-get install -y x
#!
curl -LsSf https://example.com/install.sh | sh && . "$HOME/.local/bin/env" && uv sync
#!
buildDeps='gcc libc6-dev make' \
    && apt-get update && apt-get install -y $buildDeps --no-install-recommends \
    && wget -qO- "https://example.com/src-$VERSION.tar.gz" | tar -xzC /usr/src --strip-components=1 \
    && make -C /usr/src -j"$(nproc)" \
    && make -C /usr/src install \
    && apt-get purge -y --auto-remove $buildDeps
#!
find /usr/local -depth \
    \( \
        \( -type d -a \( -name test -o -name tests \) \) \
        -o \( -type f -a -name '*.pyc' \) \
    \) -exec rm -rf '{}' +
#!
for pkg in $(cat /tmp/packages.txt | grep -v '^#'); do
    pip install --no-cache-dir "$pkg" || { echo "failed: $pkg" >&2; exit 1; }
done
#!
ARCH= && dpkgArch="$(dpkg --print-architecture)" \
  && case "${dpkgArch##*-}" in \
    amd64) ARCH='x64';; \
    arm64) ARCH='arm64';; \
    *) echo "unsupported architecture"; exit 1 ;; \
  esac \
  && curl -fsSLO "https://example.com/node-v$NODE_VERSION-linux-$ARCH.tar.xz" \
  && tar -xJf "node-v$NODE_VERSION-linux-$ARCH.tar.xz" -C /usr/local --strip-components=1 --no-same-owner \
  && rm "node-v$NODE_VERSION-linux-$ARCH.tar.xz" \
  && ln -s /usr/local/bin/node /usr/local/bin/nodejs
#!
apt-get update && # tools
    apt-get install -y git &&
    # and away with the lists
    rm -rf /var/lib/apt/lists/*
#!
NPM_CACHE=$(npm config get cache); npm ci; rm -rf "$NPM_CACHE"
#!
retry() { for i in 1 2 3; do "$@" && return 0; sleep 5; done; return 1; }
retry apt-get update
retry apt-get install -y curl
#!
git clone --depth 1 https://example.com/x.git /tmp/x && cd /tmp/x && ./configure && make && make install && cd / && rm -rf /tmp/x
#!
if [ "$TARGETARCH" = "arm64" ]; then export CC=aarch64-linux-gnu-gcc; fi && go build ./...
#!
printf '%s\n' 'deb http://deb.example.com stable main' >> /etc/apt/sources.list; sed -i 's|http:|https:|g; s/a$/b/' /etc/apt/sources.list
#!
echo 'Acquire::Retries "3";' > /etc/apt/apt.conf.d/80-retries && rm -f /etc/apt/apt.conf.d/docker-clean
#!
su postgres -c "psql -c \"CREATE USER app WITH PASSWORD 'x';\"" && /etc/init.d/postgresql start
#!
python - <<'PY' && pip install .
import sys
print(sys.version)
PY
#!
SHELL=/bin/bash yes | unminimize; [[ "${EXTRAS}" == *"gpu"* ]] && pip install torch || echo "cpu only"
