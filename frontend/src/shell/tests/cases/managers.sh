apt-get update && apt-get install -y --no-install-recommends curl=7.88.1-10 ca-certificates && rm -rf /var/lib/apt/lists/*
#!
apt-get -qq -o Acquire::Retries=3 -y update && apt-get -qqy install $PACKAGES
#!
DEBIAN_FRONTEND=noninteractive apt install -y tzdata
#!
export DEBIAN_FRONTEND=noninteractive; apt-get update; apt-get upgrade -y; apt-get clean; rm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/*
#!
apk add --no-cache --virtual .build-deps gcc musl-dev && pip install -r requirements.txt && apk del .build-deps
#!
dnf -y --setopt=install_weak_deps=False install python3 && dnf clean all && rm -rf /var/cache/dnf
#!
pip install --no-cache-dir -U pip setuptools wheel
#!
python3 -m pip install --upgrade pip && python -m pip install -r requirements.txt
#!
python -m venv /venv && . /venv/bin/activate && pip install -r requirements.txt
#!
/venv/bin/pip3.12 install "requests[security]>=2,<3"
#!
pip wheel --wheel-dir /wheels -r requirements.txt; pip install --no-index --find-links=/wheels -r requirements.txt
#!
uv sync --frozen --no-install-project --no-dev
#!
uv pip install --system -r requirements.txt; uvx ruff check
#!
poetry config virtualenvs.create false && poetry install --no-root --only main
#!
npm ci --omit=dev && npm cache clean --force
#!
npm --prefix /app/web ci; npm i -g npm@10 pnpm
#!
yarn; yarn install --frozen-lockfile; yarn cache clean
#!
corepack enable && pnpm i --frozen-lockfile --prod
#!
if [ -f yarn.lock ]; then yarn --frozen-lockfile; elif [ -f package-lock.json ]; then npm ci; elif [ -f pnpm-lock.yaml ]; then corepack enable pnpm && pnpm i; else echo "no lockfile" && exit 1; fi
#!
go mod download && go mod verify
#!
CGO_ENABLED=0 GOOS=linux GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w -X main.version=${VERSION}" -o /out/app ./cmd/app
#!
cargo build --release --locked && cp target/release/app /usr/local/bin/
#!
cargo chef cook --release --recipe-path recipe.json
#!
mkdir src && echo 'fn main() {}' > src/main.rs && cargo build --release && rm -rf src target/release/deps/app*
#!
./mvnw -B -DskipTests package
#!
mvn -B dependency:go-offline; mvn -o package -Dmaven.test.skip=true
#!
gem install bundler && bundle install --jobs 4
#!
CC="ccache gcc" ./configure --prefix=/usr && make -j"$(nproc)" && make install
