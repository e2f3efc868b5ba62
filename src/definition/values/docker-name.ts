import { matching, scalar } from "./fields.ts";

/** What Docker lets a container, a volume or a network be called; a part of further patterns. */
export const DOCKER_NAME = "[a-zA-Z0-9][a-zA-Z0-9_.-]*";

/** The whole text is such a name. */
export const IS_DOCKER_NAME = new RegExp(`^${DOCKER_NAME}$`);

/** What Swarm lets a secret or a config be called. */
export const STORED_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?$/;

/** One of an engine's own drivers, or a plugin, whose name may be that of an image: `overlay`, `rexray/ebs:latest`. */
const DRIVER = /^[a-zA-Z0-9][a-zA-Z0-9_./:@-]*$/;

/** The name of a driver or a runtime of an engine. None has spaces or quotes in it. */
export const driverName = (expected: string) =>
  scalar({
    expected,
    read: (written) => (DRIVER.test(written.trim()) ? written.trim() : undefined),
    forms: [matching(DRIVER)],
  });
