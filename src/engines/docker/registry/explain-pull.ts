import type { Rejection } from "../../engine.ts";
import type { Docker } from "../connect.ts";
import { faultOfPull, type PullAnswer, rejectPull } from "./pull-failure.ts";
import { hasRepository } from "./registry-repository.ts";

/**
 * Explains why the engine could not get an image: wrong password, missing repository, missing tag, or a registry that
 * cannot be reached. If the answer leaves open whether the tag or the repository is missing, the registry itself is
 * asked, for at most 3 s. Never throws.
 */
export async function explainPull(
  docker: Docker,
  image: string,
  { answer, registryAuth }: { readonly answer: PullAnswer; readonly registryAuth: string | undefined },
): Promise<Rejection> {
  const of = { image, hasLogin: registryAuth !== undefined };
  const fault = faultOfPull(answer, image);
  if (fault !== "unknown-manifest") return rejectPull(fault, of, answer.message);
  const isThere = await hasRepository(docker, image, registryAuth);
  const known = { true: "unknown-tag", false: "unknown-repository", undefined: fault } as const;
  return rejectPull(known[`${isThere}`], of, answer.message);
}
