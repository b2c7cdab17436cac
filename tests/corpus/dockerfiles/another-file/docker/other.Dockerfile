FROM busybox
COPY file /
RUN cat /file > /again
