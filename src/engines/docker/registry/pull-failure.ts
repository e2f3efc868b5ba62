import type { Rejection } from "../../engine.ts";
import { DOCKER_HUB, digestIn, registryOf, repositoryOf, tagOf } from "./image-reference.ts";

/** The engine's answer to a pull, or to a question to a registry. */
export interface PullAnswer {
  /** 200 if it failed during its progress. */
  readonly status: number;
  readonly message: string;
}

/**
 * Why an image cannot be had.
 * - `unauthorized`: the registry knows no such user or token, or wants one and got none.
 * - `denied`: there is no such repository, or these credentials may not read it: a registry does not say which.
 * - `unknown-platform`: there is such a tag, but not for this platform.
 * - `unknown-manifest`: there is no such tag, or no such repository: most registries say the same of both.
 */
export type PullFault =
  | "unauthorized"
  | "denied"
  | "unknown-repository"
  | "unknown-tag"
  | "unknown-platform"
  | "unknown-manifest"
  | "unreachable"
  | "bad-reference"
  | "other";

/**
 * The engine answers most failures with 500, and each generation words them differently. So the status decides if it
 * can, and otherwise the words do. The tests use recorded words.
 */
export function faultOfPull({ status, message }: PullAnswer, image: string): PullFault {
  // A name may have any of these words in it.
  const words = message.replaceAll(image, "it");
  if (status === 401) return "unauthorized";
  if (status === 400) return "bad-reference";
  const [fault] = FAULTS.find(([, patterns]) => patterns.some((pattern) => pattern.test(words))) ?? [];
  if (fault === "unknown-manifest" && registryOf(image) === DOCKER_HUB) return "unknown-tag";
  return fault ?? (status === 404 ? "unknown-manifest" : "other");
}

/** In this order: a login that fails because there is no network is not a wrong password. */
const FAULTS: readonly (readonly [PullFault, readonly RegExp[]])[] = [
  [
    "unreachable",
    [
      /dial tcp|connection refused|connection reset|no such host|no route to host|network is unreachable/i,
      /i\/o timeout|handshake timeout|deadline exceeded|request canceled|server misbehaving|: EOF$/i,
      /x509: |tls: |HTTP response to HTTPS client/,
      /unexpected HTTP status: 5\d\d|: 5\d\d (internal server error|bad gateway|service unavailable|gateway timeout)/i,
    ],
  ],
  [
    "unauthorized",
    [
      /unauthorized: |no basic auth credentials|: 401 unauthorized/i,
      /incorrect username or password|authorization token has expired|: denied: denied$/i,
    ],
  ],
  [
    "denied",
    [/pull access denied|insufficient_scope|requested access to the resource is denied|^denied: |: denied: /i],
  ],
  // Some of these end in "not found", which alone would mean the tag.
  [
    "unknown-platform",
    [
      /no matching manifest for|no match for platform in manifest|does not (provide|match) the specified platform/i,
      /no image found in (image index|manifest list) for/i,
    ],
  ],
  ["unknown-repository", [/name unknown|repository name not known|repository \S+ not found/i]],
  ["unknown-tag", [/artifact \S+ not found/i]],
  ["unknown-manifest", [/manifest unknown|manifest for \S+ not found|: not found$/i]],
];

/** The image, and whether a login for its registry was sent. */
interface PulledImage {
  readonly image: string;
  readonly hasLogin: boolean;
}

/** The fault as a rejection: its reason, what it means in a sentence, and the engine's own words. */
export function rejectPull(fault: PullFault, of: PulledImage, words: string): Rejection {
  return { kind: "rejected", reason: REASONS[fault], message: `${sentence(fault, of)} (${words})` };
}

const REASONS = {
  unauthorized: "registry-unauthorized",
  denied: "image-missing",
  "unknown-repository": "image-missing",
  "unknown-tag": "image-tag-missing",
  "unknown-platform": "pull-failed",
  "unknown-manifest": "image-missing",
  unreachable: "registry-unreachable",
  "bad-reference": "bad-definition",
  other: "pull-failed",
} as const satisfies Record<PullFault, Rejection["reason"]>;

function sentence(fault: PullFault, { image, hasLogin }: PulledImage): string {
  const host = registryOf(image);
  const registry = host === DOCKER_HUB ? "Docker Hub" : `registry ${host}`;
  const repository = repositoryOf(image);
  const tag = tagOf(image);
  const what = digestIn(image) ?? `tag "${tag}"`;
  switch (fault) {
    case "unauthorized":
      return hasLogin
        ? `${registry} refuses the login that the registry config has for it`
        : `${registry} wants a login, and the registry config has none for it`;
    case "denied":
      return `${registry} has no repository ${repository}, or does not let ${hasLogin ? "this login" : "us, without a login,"} read it`;
    case "unknown-repository":
      return `${registry} has no repository ${repository}`;
    case "unknown-tag":
      return `${registry} has ${repository}, but no ${what} of it`;
    case "unknown-platform":
      return `${registry} has ${repository}, but not for this platform`;
    case "unknown-manifest":
      return `${registry} has no ${what} of ${repository}; whether it has that repository at all could not be found out`;
    case "unreachable":
      return `${registry} cannot be reached, or is out of order`;
    case "bad-reference":
      return `${image} cannot be the name of an image`;
    case "other":
      return `${image} cannot be pulled`;
  }
}
