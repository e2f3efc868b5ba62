/** What Docker lets a container, a volume or a network be called; a part of further patterns. */
export const DOCKER_NAME = "[a-zA-Z0-9][a-zA-Z0-9_.-]*";

/** The whole text is such a name. */
export const IS_DOCKER_NAME = new RegExp(`^${DOCKER_NAME}$`);
