import { nearestWord } from "../../../job/problem.ts";
import type { Warn } from "./timer.ts";
import type { Directive, Unit } from "./unit-files.ts";

/** Keys that are read elsewhere, or that mean nothing for a job: descriptions, the order of units, accounting. */
const READ: Readonly<Record<string, ReadonlySet<string>>> = {
  Unit: words(`Description Documentation SourcePath After Before DefaultDependencies RequiresMountsFor WantsMountsFor CollectMode
    StartLimitIntervalSec StartLimitInterval StartLimitBurst StopWhenUnneeded RefuseManualStart RefuseManualStop
    OnSuccess OnFailure OnSuccessJobMode OnFailureJobMode Requires Requisite Wants BindsTo Upholds Conflicts PartOf`),
  Timer:
    words(`OnCalendar OnActiveSec OnBootSec OnStartupSec OnUnitActiveSec OnUnitInactiveSec OnClockChange OnTimezoneChange
    Persistent WakeSystem RemainAfterElapse FixedRandomDelay AccuracySec RandomizedDelaySec RandomizedOffsetSec Unit
    DeferReactivation`),
  Service:
    words(`Type ExecCondition ExecStartPre ExecStart ExecStartPost ExecReload ExecStop ExecStopPost RestartSec TimeoutSec
    TimeoutStartSec TimeoutStopSec TimeoutAbortSec RuntimeMaxSec Restart RemainAfterExit SuccessExitStatus GuessMainPID
    NotifyAccess StartLimitInterval StartLimitBurst KillMode KillSignal SendSIGKILL SyslogIdentifier SyslogLevel
    SyslogFacility SyslogLevelPrefix StandardOutput StandardError StandardInput Slice CPUAccounting MemoryAccounting
    IOAccounting TasksAccounting BlockIOAccounting User Group WorkingDirectory Environment EnvironmentFile PassEnvironment
    DynamicUser MemoryMax MemoryLimit CPUQuota TasksMax OOMScoreAdjust LimitNOFILE`),
  Install: words("Alias WantedBy RequiredBy UpheldBy Also DefaultInstance"),
};

/** The other keys of systemd, for which a job has nothing. */
const OTHERS: Readonly<Record<string, ReadonlySet<string>>> = {
  Unit: words(`PropagatesReloadTo ReloadPropagatedFrom PropagatesStopTo StopPropagatedFrom JoinsNamespaceOf AllowIsolate
    IgnoreOnIsolate JobTimeoutSec JobRunningTimeoutSec JobTimeoutAction JobTimeoutRebootArgument StartLimitAction
    FailureAction SuccessAction FailureActionExitStatus SuccessActionExitStatus RebootArgument SurviveFinalKillSignal`),
  Timer: words(""),
  Service:
    words(`PIDFile TimeoutStartFailureMode TimeoutStopFailureMode RuntimeRandomizedExtraSec WatchdogSec RestartSteps
    RestartMaxDelaySec RestartMode StartLimitAction FailureAction RebootArgument ExitType PermissionsStartOnly
    RootDirectoryStartOnly RestartPreventExitStatus RestartForceExitStatus NonBlocking BusName FileDescriptorStoreMax
    FileDescriptorStorePreserve Sockets OOMPolicy OpenFile ReloadSignal RootDirectory RootImage RootImageOptions RootHash
    RootVerity ExtensionDirectories ExtensionImages MountImages SupplementaryGroups SetLoginEnvironment Nice CoredumpFilter
    IOSchedulingClass IOSchedulingPriority CPUSchedulingPolicy CPUSchedulingPriority CPUSchedulingResetOnFork CPUAffinity
    NUMAPolicy NUMAMask UMask UnsetEnvironment RemoveIPC StandardInputText StandardInputData TTYPath TTYReset TTYVHangup
    TTYVTDisallocate TTYRows TTYColumns LogLevelMax LogRateLimitIntervalSec LogRateLimitBurst LogExtraFields LogFilterPatterns
    SecureBits CapabilityBoundingSet AmbientCapabilities TimerSlackNSec NoNewPrivileges KeyringMode ProtectProc ProcSubset
    SystemCallFilter SystemCallArchitectures SystemCallErrorNumber SystemCallLog MemoryDenyWriteExecute MemoryKSM
    RestrictNamespaces RestrictRealtime RestrictSUIDSGID RestrictAddressFamilies LockPersonality RestrictFileSystems
    LimitCPU LimitFSIZE LimitDATA LimitSTACK LimitCORE LimitRSS LimitAS LimitNPROC LimitMEMLOCK LimitLOCKS LimitSIGPENDING
    LimitMSGQUEUE LimitNICE LimitRTPRIO LimitRTTIME ReadWriteDirectories ReadOnlyDirectories InaccessibleDirectories
    ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths ExecSearchPath BindPaths BindReadOnlyPaths
    TemporaryFileSystem PrivateTmp PrivateDevices PrivatePIDs ProtectKernelTunables ProtectKernelModules ProtectKernelLogs
    ProtectClock ProtectControlGroups NetworkNamespacePath IPCNamespacePath LogNamespace PrivateNetwork PrivateUsers
    PrivateMounts PrivateIPC ProtectSystem ProtectHome MountFlags MountAPIVFS Personality RuntimeDirectoryPreserve
    RuntimeDirectoryMode RuntimeDirectory StateDirectoryMode StateDirectory CacheDirectoryMode CacheDirectory
    LogsDirectoryMode LogsDirectory ConfigurationDirectoryMode ConfigurationDirectory SetCredential SetCredentialEncrypted
    LoadCredential LoadCredentialEncrypted ImportCredential TimeoutCleanSec PAMName IgnoreSIGPIPE UtmpIdentifier UtmpMode
    SELinuxContext AppArmorProfile SmackProcessLabel ProtectHostname AllowedCPUs StartupAllowedCPUs AllowedMemoryNodes
    StartupAllowedMemoryNodes CPUWeight StartupCPUWeight CPUShares StartupCPUShares CPUQuotaPeriodSec MemoryMin MemoryLow
    MemoryHigh MemorySwapMax MemoryZSwapMax DefaultMemoryMin DefaultMemoryLow DeviceAllow DevicePolicy IOWeight
    StartupIOWeight IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax
    IODeviceLatencyTargetSec BlockIOWeight StartupBlockIOWeight BlockIODeviceWeight BlockIOReadBandwidth
    BlockIOWriteBandwidth Delegate DelegateSubgroup DisableControllers IPAccounting IPAddressAllow IPAddressDeny
    IPIngressFilterPath IPEgressFilterPath ManagedOOMSwap ManagedOOMMemoryPressure ManagedOOMMemoryPressureLimit
    ManagedOOMPreference BPFProgram SocketBindAllow SocketBindDeny RestrictNetworkInterfaces SendSIGHUP RestartKillSignal
    FinalKillSignal WatchdogSignal`),
  Install: words(""),
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/).filter((word) => word !== ""));
}

/** Says on what the start of a unit depends. */
export function warnOfConditions({ directives }: Unit, warn: Warn): void {
  for (const directive of directives) {
    const { section, key, value } = directive;
    if (section !== "Unit" || !/^(?:Condition|Assert)/.test(key) || value === "") continue;
    const message = `${key}=${value}: it ran only where that is so; here it runs each time`;
    warn("import-condition", message, { at: directive });
  }
}

/** Says which keys of a unit are not known to systemd. */
export function warnOfUnknownKeys({ directives }: Unit, warn: Warn): void {
  for (const directive of directives) {
    const { section, key } = directive;
    const [read, others] = [READ[section], OTHERS[section]];
    if (section.startsWith("X-") || key.startsWith("X-")) continue;
    if (read === undefined || others === undefined) {
      const nearest = nearestWord(section, Object.keys(READ));
      warn("import-unknown", `systemd knows no section [${section}] here`, { at: directive, ...hintOf(nearest) });
      continue;
    }
    if (read.has(key) || others.has(key) || (section === "Unit" && /^(?:Condition|Assert)[A-Z]/.test(key))) continue;
    const nearest = nearestWord(key, [...read, ...others]);
    warn("import-unknown", `systemd knows no key ${key}= in [${section}]`, { at: directive, ...hintOf(nearest) });
  }
}

function hintOf(nearest: string | undefined): { readonly hint?: string } {
  return nearest === undefined ? {} : { hint: `did you mean ${nearest}?` };
}

/** Says, once, which keys of a service have no counterpart: rights, priorities and folders of the machine. */
export function warnOfOtherKeys({ directives }: Unit, warn: Warn): void {
  const left = directives.filter(({ section, key, value }) => value !== "" && OTHERS[section]?.has(key));
  const [first] = left;
  if (first === undefined) return;
  const names = [...new Set(left.map(({ key }) => `${key}=`))].join(", ");
  warn("import-key", `a job has nothing for ${names}: it runs without`, {
    at: first,
    hint: "a container has limits and rights of its own",
  });
}

/** Says that output goes elsewhere than to the log. */
export function warnOfOutput(outputs: readonly (Directive | undefined)[], warn: Warn): void {
  for (const directive of outputs) {
    if (directive === undefined) continue;
    if (/^(?:file|append|truncate):/.test(directive.value))
      warn("import-output", `${directive.key}=${directive.value}: here its output is logged`, { at: directive });
    else if (directive.value === "null")
      warn("import-output", `${directive.key}=null: its output is logged here`, { at: directive });
  }
}
