# The program is bundled in one stage and run in another, which holds Node and the bundle and nothing else.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY build.ts ./
COPY src ./src
RUN node build.ts

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="shipbell" \
      org.opencontainers.image.description="Cron for containers: starts each job as a container of its own, and says truthfully what happened" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /build/dist /opt/shipbell
# Whoever it runs as may keep the ledger in a fresh volume; /etc/shipbell/schedules is where schedules are looked for.
RUN ln -s /opt/shipbell/shipbell.js /usr/local/bin/shipbell \
 && mkdir -p /etc/shipbell/schedules \
 && install -d -m 1777 /var/lib/shipbell
ENV NODE_ENV=production
VOLUME /var/lib/shipbell
EXPOSE 8494
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["shipbell", "health"]
ENTRYPOINT ["shipbell"]
CMD ["serve"]
