import { didYouMean, nearestWord } from "../../job/problem.ts";
import { assignments, textsOf } from "../values/assignments.ts";
import { bool, choice, listOf, mapOf, scalar, text } from "../values/fields.ts";
import { part, quoted } from "../values/issue.ts";

const CAPABILITIES =
  "ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH " +
  "FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN " +
  "NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT " +
  "SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM";

const KNOWN: readonly string[] = CAPABILITIES.split(" ");

/** With `CAP_` in front or without, in any case, as Docker has it. */
const capability = scalar({
  expected: "a capability such as NET_ADMIN, or ALL",
  read: (written) => (KNOWN.includes(bare(written)) ? bare(written) : undefined),
  hint: (written) => didYouMean(nearestWord(bare(written), KNOWN)),
});

function bare(written: string): string {
  return written.trim().toUpperCase().replace(/^CAP_/, "");
}

const SECURITY_OPTIONS =
  /^(?:no-new-privileges(?:[:=](?:true|false))?|(?:apparmor|label|systempaths|writable-cgroups)[:=].+)$/;

/** `NAME=VALUE`; Compose also has a colon between them. A profile of seccomp may be long. */
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

/** Those that a container has of its own (opencontainers/runc, `libcontainer/configs/validate`): it cannot start with others. */
const SYSCTL =
  /^(?:net\.|fs\.mqueue\.|kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced|domainname)$)/;

function checkSysctl(name: string): string | undefined {
  return SYSCTL.test(name.replaceAll("/", "."))
    ? undefined
    : `has ${quoted(name)}, which is the host's: a container has net.*, fs.mqueue.* and kernel.msg*, kernel.sem and kernel.shm* of its own`;
}

/** `net.core.somaxconn=1024`, or a map. */
const sysctls = assignments(checkSysctl).transform((pairs, context): Readonly<Record<string, string>> => {
  for (const [name, value] of pairs) {
    if (value !== null) continue;
    context.issues.push({ code: "custom", input: name, message: `has no value for ${part(name)}` });
  }
  return textsOf(pairs);
});

/** As which groups, and with which rights, a job's process runs. */
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

export const CREDENTIAL_SPEC_KEYS: readonly string[] = Object.keys(credentialSpecKeys);
