import { assignments, textsOf } from "../values/assignments.ts";
import { DOCKER_NAME } from "../values/docker-name.ts";
import { driverName } from "../values/driver-name.ts";
import { bool, choice, mapOf, scalar, text, textMap } from "../values/fields.ts";

/** A namespace that is shared: with the host, with another container. */
function namespace(expected: string, words: string) {
  const known = new RegExp(`^(?:${words}|container:${DOCKER_NAME})$`);
  return scalar({
    expected,
    read: (written) => (known.test(written) ? written : undefined),
    hint: (written) =>
      written.startsWith("service:")
        ? "a schedule file has no services: write container: and a container's name"
        : undefined,
  });
}

const platform = scalar({
  expected: "OS/ARCHITECTURE such as linux/arm64",
  read: (written) => (/^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9]+)?$/.test(written) ? written : undefined),
  hint: (written) => (/^[a-z0-9_]+$/.test(written) ? "write the system too, such as linux/amd64" : undefined),
});

const loggingKeys = {
  driver: driverName("a log driver such as json-file").nullish(),
  options: textMap("a map of the log driver's options").nullish(),
};

const annotations = assignments(() => undefined).transform(textsOf);

/** What surrounds a job's process. */
export const processKeys = {
  tty: bool.nullish(),
  runtime: driverName("a runtime such as runc").nullish(),
  isolation: choice("default", "process", "hyperv").nullish(),
  ipc: namespace("host, private, shareable, none, or container:NAME", "host|private|shareable|none").nullish(),
  pid: namespace("host, or container:NAME", "host").nullish(),
  uts: choice("host").nullish(),
  cgroup: choice("host", "private").nullish(),
  cgroup_parent: text("a cgroup such as /jobs").nullish(),
  annotations: annotations.nullish(),
};

export const surroundingKeys = {
  platform: platform.nullish(),
  logging: mapOf(loggingKeys, "a map with driver and options").nullish(),
};

export const LOGGING_KEYS: readonly string[] = Object.keys(loggingKeys);
