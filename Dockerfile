# One stage bundles the program; the other runs it, and holds only Node and the bundle.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY build.ts ./
COPY src ./src
COPY schema ./schema
RUN node build.ts

FROM debian:bookworm-slim
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /build/dist /opt/shipbell
COPY health.sh /opt/shipbell/
# Any user may keep the ledger in a fresh volume. Schedules are looked for in /etc/shipbell/schedules.
RUN ln -s /opt/shipbell/shipbell.js /usr/local/bin/shipbell \
 && ln -s /opt/shipbell/health.sh /usr/local/bin/shipbell-health \
 && mkdir -p /etc/shipbell/schedules \
 && install -d -m 1777 /var/lib/shipbell
ENV NODE_ENV=production
# What V8 takes to compile and to collect garbage, it takes in pieces of 32 KB. They go back to the system at once.
ENV MALLOC_MMAP_THRESHOLD_=32768
VOLUME /var/lib/shipbell
EXPOSE 8494
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["shipbell-health"]
ENTRYPOINT ["shipbell"]
CMD ["serve"]
# At the end, so that another revision rebuilds nothing above. VERSION is that of package.json, which a test compares;
# REVISION is the commit:  docker build --build-arg REVISION=$(git rev-parse HEAD) -t shipbell .
ARG VERSION=0.6.2
ARG REVISION
LABEL org.opencontainers.image.title="shipbell" \
      org.opencontainers.image.description="Cron for containers: starts each job in a container of its own, and reports how it ended" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
