/** What Compose writes on the containers that it makes. */
export const COMPOSE_LABELS = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
  /** `True` on what `docker compose run` makes. */
  oneOff: "com.docker.compose.oneoff",
  /** While it takes the place of another one. */
  replace: "com.docker.compose.replace",
} as const;
