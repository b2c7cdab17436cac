# A stand-in for the public rust image, for machines that cannot pull one: a C compiler and this
# machine's own toolchain (named context `toolchain`) on the base image.
ARG BASE
FROM ${BASE}
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev \
    && rm -rf /var/lib/apt/lists/*
COPY --from=toolchain bin/ /usr/local/rust/bin/
COPY --from=toolchain lib/ /usr/local/rust/lib/
ENV PATH=/usr/local/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    CARGO_HOME=/usr/local/cargo
