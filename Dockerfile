# The syntax image: one static binary on scratch, so that a build which uses it downloads as little
# as possible. `docker buildx build -t strake .` needs nothing but this repository.
#
# The stage `build` can be replaced: `--build-context build=DIRECTORY`, where DIRECTORY holds a finished
# `strake`, packs that binary and compiles nothing (`cargo xtask up` does so).
ARG RUST_IMAGE

FROM ${RUST_IMAGE:-rust:1-slim-bookworm} AS build
ARG TARGETARCH
WORKDIR /src
# Linked statically, and built for the platform it runs on: with musl, unless the toolchain can't have
# it; the C library of the image does as well, and makes the download a quarter larger. The target is
# named even where it is the host: with one named, RUSTFLAGS spares build scripts and procedural
# macros, which cannot be static. The source is mounted, not copied: nothing of it is needed afterwards.
RUN --mount=type=bind,target=/src \
    --mount=type=cache,id=strake-cargo,target=/cache/cargo \
    --mount=type=cache,id=strake-target-${TARGETARCH},target=/cache/target,sharing=locked \
    <<EOF
set -eu
host="$(rustc -vV | sed -n 's/^host: //p')"
triple="$(echo "$host" | sed 's/-gnu$/-musl/')"
[ -d "$(rustc --print target-libdir --target "$triple")" ] || rustup target add "$triple" || triple="$host"
export CARGO_HOME=/cache/cargo CARGO_TARGET_DIR=/cache/target
export RUSTFLAGS="-C target-feature=+crt-static -C relocation-model=static"
cargo build --release --locked --target "$triple" --package strake-frontend --bin strake
# Nothing unwinds in a program that aborts on panics, and no flag leaves out the tables that the
# standard and the C library bring for it: a tenth of the download. Without them no backtrace can be
# taken; the panic hook takes none, and RUST_BACKTRACE must not be set in this image.
objcopy --remove-section=.eh_frame --remove-section=.eh_frame_hdr --remove-section=.gcc_except_table \
    "/cache/target/$triple/release/strake" /strake
EOF

FROM scratch
COPY --from=build /strake /strake
# What BuildKit asks of a frontend before it runs it: no network, and these capabilities.
LABEL moby.buildkit.frontend.network.none="true" \
      moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring" \
      org.opencontainers.image.title="strake" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
ENTRYPOINT ["/strake"]
