const WITHOUT_ADVICE =
  "annotations attach blkio_config cap_add cap_drop cgroup cgroup_parent cpu_count cpu_percent cpu_period " +
  "cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpuset credential_spec device_cgroup_rules devices dns " +
  "dns_opt dns_search domainname driver_opts extra_hosts gpus group_add hostname ipc isolation " +
  "logging mac_address mem_swappiness memswap_limit models network_mode oom_kill_disable " +
  "oom_score_adj pid platform privileged provider read_only runtime security_opt " +
  "shm_size storage_opt sysctls tmpfs tty ulimits use_api_socket userns_mode uts";

const ADVICE = {
  build: "build the image beforehand and name it under image",
  container_name: "each run gets a name made of the job and the time it was due",
  depends_on: "a job is started by its schedule alone",
  develop: "leave it out",
  expose: "a job needs no ports; leave it out",
  extends: "use a YAML anchor: <<: *defaults",
  external_links: "name a network that both are on under networks",
  healthcheck: "a job tells how it ended by its exit code",
  links: "name a network that both are on under networks",
  ports: "a job needs no ports; leave it out",
  post_start: "leave it out",
  pre_stop: "leave it out",
  profiles: "suspended: true keeps a job from being started",
  restart: "each occurrence is run once; leave it out",
  scale: "each occurrence is run once; leave it out",
  stdin_open: "nobody types into a job; leave it out",
};

const SAME_UNDER_DEPLOY = {
  mem_reservation: "write it as memory under deploy.resources.reservations",
  pids_limit: "write it as pids under deploy.resources.limits",
};

/** Keys that Compose (or a later shipbell) knows and this one does not, with what to do instead where that is known. */
export const UNSUPPORTED_KEYS: ReadonlyMap<string, string | undefined> = new Map<string, string | undefined>([
  ...WITHOUT_ADVICE.split(" ").map((key) => [key, undefined] as const),
  ...Object.entries({ ...ADVICE, ...SAME_UNDER_DEPLOY }),
]);

const RUN_ONCE = "each occurrence is run once; leave it out";
const MADE_ANEW = "each run is made anew, and never updated; leave it out";

/** As `UNSUPPORTED_KEYS`, of those that stand under others. */
export const UNSUPPORTED_BELOW: ReadonlyMap<string, typeof UNSUPPORTED_KEYS> = new Map([
  [
    "deploy",
    new Map<string, string | undefined>([
      ["labels", "a job's labels stand under labels, beside deploy"],
      ["mode", RUN_ONCE],
      ["replicas", RUN_ONCE],
      ["restart_policy", RUN_ONCE],
      ["update_config", MADE_ANEW],
      ["rollback_config", MADE_ANEW],
      ["endpoint_mode", "nobody connects to a job; leave it out"],
    ]),
  ],
  [
    "deploy.resources.reservations",
    new Map([
      ["generic_resources", undefined],
      ["devices", undefined],
    ]),
  ],
]);
