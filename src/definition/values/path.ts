import { matching, scalar } from "./fields.ts";

/** Returns the absolute path without `.`, `..` and doubled slashes. */
export function normalizePath(path: string): string {
  const steps: string[] = [];
  for (const step of path.split("/")) {
    if (step === "..") steps.pop();
    else if (step !== "" && step !== ".") steps.push(step);
  }
  return `/${steps.join("/")}`;
}

/** Returns the absolute path of one that may be relative to `folder`. */
export function resolvePath(folder: string, path: string): string {
  return normalizePath(path.startsWith("/") ? path : `${folder}/${path}`);
}

export const absolutePath = scalar({
  expected: "an absolute path inside the container such as /data",
  read: (written) => (written.startsWith("/") ? written : undefined),
  forms: [matching(/^\//)],
});

/** Where something is mounted. Docker Engine mounts nothing over the container's root. */
export const mountTarget = scalar({
  expected: "an absolute path below / inside the container such as /data",
  read: (written) => (written.startsWith("/") && normalizePath(written) !== "/" ? written : undefined),
  forms: [matching(/^\//)],
});

/** YAML reads 440 as four hundred and forty, which is `rw-rwx---`: only a leading 0 says that it is octal. */
export const permissions = scalar({
  expected: "permissions in octal such as 0440 or 01777",
  read: (written) => {
    const digits = /^0o?([0-7]{3,4})$/.exec(written)?.[1];
    return digits === undefined ? undefined : Number.parseInt(digits, 8);
  },
  hint: (written) => (/^[0-7]{3,4}$/.test(written) ? `write 0${written}` : undefined),
});
