# The smallest image with a shell, for tests. ROOT says where busybox comes from: `public` takes the
# public image, `local` the machine's static binary.
ARG ROOT=public
ARG BUSYBOX=busybox:stable

FROM ${BUSYBOX} AS public

FROM scratch AS local
COPY busybox /bin/busybox
RUN --network=none ["/bin/busybox", "sh", "-ec", "/bin/busybox --install -s /bin; mkdir -p /etc /root /tmp; chmod 1777 /tmp; echo root:x:0:0:root:/root:/bin/sh > /etc/passwd; echo root:x:0: > /etc/group"]

FROM ${ROOT}
CMD ["sh"]
