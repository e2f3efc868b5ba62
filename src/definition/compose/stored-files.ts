import * as z from "zod";
import type { StoredFile } from "../../job/job.ts";
import { mapOf, scalar } from "../values/fields.ts";
import { given } from "../values/given.ts";
import { matching, wholeFrom } from "../values/input-schema.ts";
import { mustBe } from "../values/issue.ts";
import { normalizePath } from "../values/normalize-path.ts";

/** As Swarm has it; a name that it does not allow cannot be there. */
export const STORED_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9_.-]{0,62}[a-zA-Z0-9])?$/;

/** YAML reads 440 as four hundred and forty, which is `rw-rwx---`: only what begins with 0 says that it is octal. */
const mode = scalar({
  expected: "permissions in octal such as 0440",
  read: (written) => {
    const digits = /^0o?0?([0-7]{3})$/.exec(written)?.[1];
    return digits === undefined ? undefined : Number.parseInt(digits, 8);
  },
  hint: (written) => (/^[0-7]{3}$/.test(written) ? `write 0${written}` : undefined),
  // A number has lost its zero where YAML is read as others do.
  forms: [matching(/^0o?0?([0-7]{3})$/), wholeFrom(0)],
});

/** A file of which it may not be said whose it is. */
export type WrittenFile = Omit<StoredFile, "uid" | "gid"> & Partial<Pick<StoredFile, "uid" | "gid">>;

/** As in Compose, it belongs to the job's user, where that is a number; a name means something only in the image. */
export function ownFile({ uid, gid, ...file }: WrittenFile, user: string | null | undefined): StoredFile {
  const [, userId = "0", groupId = "0"] = /^(\d+)(?::(\d+))?$/.exec(user ?? "") ?? [];
  return { ...file, uid: uid ?? userId, gid: gid ?? groupId };
}

/** What is in the store, and where its files go when no path is written, or a relative one. */
interface Store {
  readonly what: "secret" | "config";
  readonly folder: string;
}

function storedFile({ what, folder }: Store) {
  const named = scalar({
    expected: `the name of a ${what} in Swarm's store`,
    read: (written) => (STORED_NAME.test(written) ? written : undefined),
    forms: [matching(STORED_NAME), { type: "number" }],
  });
  const long = mapOf(
    {
      source: named,
      target: target(folder).nullish(),
      uid: numberOf("user").nullish(),
      gid: numberOf("group").nullish(),
      mode: mode.nullish(),
    },
    `a ${what}'s name, or a map with its source`,
  );
  const short = named.transform((source): z.output<typeof long> => ({ source }));
  return z
    .union([short, long], { error: (issue) => mustBe(`a ${what}'s name, or a map with its source`, issue.input) })
    .transform(
      ({ source, target, uid, gid, mode }): WrittenFile => ({
        source,
        target: target ?? normalizePath(`${folder}/${source}`),
        ...given("uid", uid),
        ...given("gid", gid),
        mode: mode ?? 0o444,
      }),
    );
}

function target(folder: string) {
  return scalar({
    expected: "a file's path in the container",
    read: (written) => {
      const path = normalizePath(written.startsWith("/") ? written : `${folder}/${written}`);
      return written.trim() === "" || written.endsWith("/") || path === "/" ? undefined : path;
    },
  });
}

function numberOf(whose: "user" | "group") {
  return scalar({
    expected: `the number of a ${whose} such as 0 or 1000`,
    read: (written) => (/^\d{1,10}$/.test(written) ? written : undefined),
    forms: [wholeFrom(0), matching(/^\d{1,10}$/)],
  });
}

/** A secret of the Swarm, by its name or in Compose's long form. */
export const secret = storedFile({ what: "secret", folder: "/run/secrets" });

/** A config of the Swarm, by its name or in Compose's long form. */
export const config = storedFile({ what: "config", folder: "" });

/** The keys of the long form. */
export const STORED_FILE_KEYS = ["source", "target", "uid", "gid", "mode"] as const;
