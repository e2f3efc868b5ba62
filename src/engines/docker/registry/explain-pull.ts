import type { Rejection } from "../../engine.ts";
import type { Docker } from "../connect.ts";
import { faultOfPull, type PullAnswer, rejectPull } from "./pull-failure.ts";
import { hasRepository } from "./registry-repository.ts";

/**
 * Why there is no such image, where the engine could not have it: wrong password, missing repository, no such tag, or a
 * registry that is not there. Where the answer leaves open whether it is the tag that is wanting or the repository,
 * the registry itself is asked, for 3 s at most. Never throws.
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
