import * as z from "zod";
import {
  explainIssues,
  listOf,
  madeOf,
  mapOf,
  mustBe,
  type OperatorFile,
  oneOf,
  type Path,
  readOperatorFile,
  WrongFile,
} from "../../definition/files/operator-file.ts";
import type { Problem } from "../../job/problem.ts";
import { ROLES, type Role } from "../route.ts";
import { isGivenName } from "./caller-name.ts";
import { type PasswordHash, parsePasswordHash } from "./passwords.ts";
import { parseNetwork } from "./peer.ts";
import type { ProxyRules } from "./proxy-headers.ts";

/** Who may do what, as the file of `--http-auth` says. */
export interface AuthRules {
  /** What a caller may who does not say who it is. */
  readonly anonymous: Role;
  /** By name. */
  readonly users: ReadonlyMap<string, { readonly password: PasswordHash; readonly role: Role }>;
  readonly tokens: readonly AuthToken[];
  readonly proxy?: ProxyRules;
  /** `read`: `/metrics` needs that role. */
  readonly metrics: "open" | "read";
}

export interface AuthToken {
  readonly name: string;
  readonly sha256: string;
  readonly role: Role;
  /** Globs of the jobs that exist for it; absent: all. */
  readonly jobs?: readonly string[];
}

type AuthRead = { readonly rules: AuthRules } | { readonly problems: readonly Problem[] };

/** Reads the file, or says what is wrong with it. No message quotes a password, a token or a hash. */
export function parseAuthFile(text: string, path: string): AuthRead {
  return readOperatorFile(text, path, (file): AuthRead => {
    const read = FILE.safeParse(file.value);
    if (!read.success) throw new WrongFile(explainIssues(read.error.issues, file, knownKeys));
    const repeated = doubles(read.data, file);
    if (repeated.length > 0) throw new WrongFile(repeated);
    return { rules: toRules(read.data) };
  });
}

/** What everyone should know who reads the problems of a file that can be used. */
export function warningsOf({ anonymous }: AuthRules, path: string): readonly Problem[] {
  if (anonymous !== "operate") return [];
  const message = "anonymous: operate lets everyone who reaches the page start and cancel jobs, without a password";
  const hint = "write anonymous: status, and give the role operate to users";
  return [{ at: path, message, hint, severity: "warning" }];
}

const GIVEN_ROLES = ["status", "read", "operate"] as const;

const password = madeOf('what "shipbell password" prints, which begins with $scrypt$, in quotes', parsePasswordHash);
const sha256 = madeOf('what "shipbell token" prints, which has 64 hexadecimal digits', (text) =>
  /^[0-9a-f]{64}$/i.test(text) ? text.toLowerCase() : undefined,
);
const network = madeOf("a network such as 10.0.9.0/24", parseNetwork);
const header = madeOf("the name of a header", (text) =>
  /^[A-Za-z0-9-]{1,100}$/.test(text) ? text.toLowerCase() : undefined,
);
const text = madeOf("a text", (text) => text);

const byName = <Item extends z.ZodType>(item: Item, what: string) =>
  z.record(
    z.string().refine((name) => isGivenName(name), { error: () => `this cannot name a ${what}` }),
    item,
    {
      error: ({ code, input }) => (code === "invalid_type" ? mustBe(`a map of ${what}s by name`, input) : undefined),
    },
  );

const user = { password, role: oneOf(GIVEN_ROLES) };
const token = { sha256, role: oneOf(GIVEN_ROLES), jobs: listOf(text, "names of jobs").optional() };
const groups = listOf(text, "groups").optional();
const roles = { status: groups, read: groups, operate: groups };
const proxy = {
  from: listOf(network, "networks"),
  user: header.optional(),
  groups: header.optional(),
  roles: mapOf(roles, "groups by role"),
};
const file = {
  anonymous: oneOf(ROLES).optional(),
  users: byName(mapOf(user, "password and role"), "user").optional(),
  tokens: byName(mapOf(token, "sha256 and role"), "token").optional(),
  proxy: mapOf(proxy, "from and roles").optional(),
  metrics: oneOf(["open", "read"]).optional(),
};
const FILE = mapOf(file, Object.keys(file).join(", "));

/** By the path, in which every name that people choose is `*`. */
const KNOWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(file),
  "users.*": Object.keys(user),
  "tokens.*": Object.keys(token),
  proxy: Object.keys(proxy),
  "proxy.roles": Object.keys(roles),
};

function knownKeys([first, ...rest]: Path): readonly string[] {
  const isNamed = first === "users" || first === "tokens";
  return KNOWN_KEYS[isNamed ? `${first}.*` : [first, ...rest].join(".")] ?? [];
}

function toRules({ anonymous = "status", users = {}, tokens = {}, proxy, metrics = "open" }: FileRead): AuthRules {
  return {
    anonymous,
    users: new Map(Object.entries(users)),
    tokens: Object.entries(tokens).map(([name, { jobs, ...token }]) => ({ name, ...token, ...(jobs && { jobs }) })),
    metrics,
    ...(proxy && { proxy: toProxyRules(proxy) }),
  };
}

type FileRead = z.infer<typeof FILE>;

function toProxyRules({ from, user, groups, roles }: NonNullable<FileRead["proxy"]>): ProxyRules {
  return {
    isProxy: (address) => from.some((contains) => contains(address)),
    user: user ?? "remote-user",
    groups: groups ?? "remote-groups",
    roles: Object.fromEntries(Object.entries(roles).filter(([, groups]) => groups !== undefined)),
  };
}

/** `by` in the log and on the page would name both; and of two equal tokens, only one could count. */
function doubles({ users = {}, tokens = {} }: FileRead, file: OperatorFile): Problem[] {
  const hashes = new Map<string, string>();
  return Object.entries(tokens).flatMap(([name, { sha256 }]) => {
    const at = file.placeOf(["tokens", name]);
    const same = hashes.get(sha256);
    hashes.set(sha256, name);
    if (same !== undefined)
      return [{ at, message: `tokens.${name} is the same token as ${same}`, hint: "make another one" }];
    if (!Object.hasOwn(users, name)) return [];
    return [{ at, message: `tokens.${name}: a user has this name, too`, hint: "choose another one" }];
  });
}
