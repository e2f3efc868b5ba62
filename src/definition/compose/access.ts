import { didYouMean, nearestWord } from "../../job/problem.ts";
import { assignments, textsOf } from "../values/assignments.ts";
import { bool, choice, listOf, mapOf, scalar, text } from "../values/fields.ts";
import { part, quoted } from "../values/issue.ts";
import { containersOnly, isText, type KeyGroup, LEAVE_OUT, SHARES_NOTHING } from "./key-group.ts";

const CAPABILITIES: readonly string[] = (
  "ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH " +
  "FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN " +
  "NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT " +
  "SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM"
).split(" ");

/** With or without `CAP_`, in any case, as Docker has it. */
const capability = scalar({
  expected: "a capability such as NET_ADMIN, or ALL",
  read: (written) => (CAPABILITIES.includes(bare(written)) ? bare(written) : undefined),
  hint: (written) => didYouMean(nearestWord(bare(written), CAPABILITIES)),
});

function bare(written: string): string {
  return written.trim().toUpperCase().replace(/^CAP_/, "");
}

const SECURITY_OPTIONS =
  /^(?:no-new-privileges(?:[:=](?:true|false))?|(?:apparmor|label|systempaths|writable-cgroups)[:=].+)$/;

/** `NAME=VALUE`, or with a colon as in Compose. A seccomp profile may be long. */
const securityOption = scalar({
  longest: 1_000_000,
  expected: "an option such as no-new-privileges:true, seccomp=unconfined, apparmor=PROFILE or label=disable",
  read: (written) => {
    const [, seccomp] = /^seccomp[:=](.+)$/s.exec(written) ?? [];
    if (seccomp !== undefined) return isSeccomp(seccomp) ? `seccomp=${seccomp}` : undefined;
    return SECURITY_OPTIONS.test(written) ? written.replace(/^([a-z-]+):/, "$1=") : undefined;
  },
  hint: (written) =>
    written.startsWith("seccomp")
      ? "seccomp takes unconfined, builtin, or a profile's JSON itself: no file is read"
      : undefined,
});

function isSeccomp(profile: string): boolean {
  return profile === "unconfined" || profile === "builtin" || profile.trimStart().startsWith("{");
}

const credentialSpecKeys = {
  config: text("a config's name").nullish(),
  file: text("a file's name").nullish(),
  registry: text("a value of the registry").nullish(),
};

const credentialSpec = mapOf(credentialSpecKeys, "a map with file or registry").refine(
  (keys) => Object.values(keys).filter((value) => value != null).length === 1,
  { error: "must have one of file, registry and config" },
);

/** The sysctls of which a container has its own; with others it cannot start (opencontainers/runc, `libcontainer/configs/validate`). */
const SYSCTL =
  /^(?:net\.|fs\.mqueue\.|kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced|domainname)$)/;

function checkSysctl(name: string): string | undefined {
  return SYSCTL.test(name.replaceAll("/", "."))
    ? undefined
    : `has ${quoted(name)}, which is the host's: a container has net.*, fs.mqueue.* and kernel.msg*, kernel.sem and kernel.shm* of its own`;
}

/** A list such as `net.core.somaxconn=1024`, or a map. */
const sysctls = assignments(checkSysctl).transform((pairs, context): Readonly<Record<string, string>> => {
  for (const [name, value] of pairs) {
    if (value !== null) continue;
    context.issues.push({ code: "custom", input: name, message: `has no value for ${part(name)}` });
  }
  return textsOf(pairs);
});

export const accessKeys = {
  group_add: listOf(text("a group's name or number"), "a list of groups").nullish(),
  cap_add: listOf(capability, "a list of capabilities such as NET_ADMIN").nullish(),
  cap_drop: listOf(capability, "a list of capabilities such as NET_ADMIN").nullish(),
  privileged: bool.nullish(),
  security_opt: listOf(securityOption, "a list of options such as no-new-privileges:true").nullish(),
  sysctls: sysctls.nullish(),
  userns_mode: choice("host").nullish(),
  credential_spec: credentialSpec.nullish(),
  read_only: bool.nullish(),
};

/** The options that a Swarm passes on. */
const SWARM_SECURITY = /^(?:no-new-privileges|seccomp|label)|^apparmor[:=]unconfined$/;

/** Which groups and rights the process has. */
export const accessGroup = {
  keys: accessKeys,
  inner: { credential_spec: Object.keys(credentialSpecKeys) },
  userNamed: ["sysctls"],
  support: [
    containersOnly("privileged", "service cannot be privileged", "name what it needs under cap_add"),
    {
      key: "security_opt.*",
      service: {
        why: "a Swarm knows no-new-privileges, seccomp, label, and apparmor=unconfined alone",
        instead: "set it up on the nodes",
        of: (option) => isText(option) && !SWARM_SECURITY.test(option),
      },
    },
    containersOnly("userns_mode", SHARES_NOTHING, LEAVE_OUT),
    {
      key: "credential_spec.config",
      container: { why: "only a Swarm keeps configs", instead: "write file or registry" },
      service: { why: "a run has no config of its own for it", instead: "write file or registry" },
    },
  ],
} satisfies KeyGroup;
