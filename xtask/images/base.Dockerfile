# The Debian image that examples and tests build on: Python with venv, CA certificates, and the
# machine's own settings (certificates, mirrors, package indexes) in `machine/`. ROOT says where
# Debian comes from: `public` takes the public image, `local` a root file system made on this
# machine with debootstrap. More lines may be appended when it is built.
ARG ROOT=public
ARG DEBIAN=debian:bookworm-slim

FROM ${DEBIAN} AS public
COPY machine/ /
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

FROM scratch AS local
ADD rootfs.tar /
COPY machine/ /
RUN --network=none update-ca-certificates

FROM ${ROOT}
CMD ["bash"]
