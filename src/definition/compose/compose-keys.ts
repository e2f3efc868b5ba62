const ADVICE = {
  attach: "the output of each run is followed; leave it out",
  build: "build the image beforehand and name it under image",
  container_name: "each run gets a name made of the job and the time it was due",
  depends_on: "a job is started by its schedule alone",
  develop: "it is for work on an image; leave it out",
  driver_opts: "the options of a network stand under networks, beside its aliases",
  expose: "a job needs no ports; leave it out",
  extends: "use a YAML anchor: <<: *defaults",
  external_links: "name a network that both are on under networks",
  links: "name a network that both are on under networks",
  models: "give the job the address of the model under environment",
  ports: "a job needs no ports; leave it out",
  post_start: "let the job's command do it first",
  pre_start: "let the job's command do it first",
  pre_stop: "let the job's command do it when it gets the stop signal",
  profiles: "suspended: true keeps a job from being started",
  provider: "a job runs a container; leave it out",
  pull_refresh_after: "write it into pull_policy, such as every_6h",
  restart: "each occurrence is run once; leave it out",
  scale: "each occurrence is run once; leave it out",
  stdin_open: "nobody types into a job; leave it out",
  umask: "let the job's command set it: sh -c 'umask 027; …'",
  use_api_socket: "mount the socket under volumes, if the job may do all that root may",
};

/** Keys that Compose (or a later shipbell) knows and this one does not, with what to do instead where that is known. */
export const UNSUPPORTED_KEYS: ReadonlyMap<string, string | undefined> = new Map<string, string | undefined>([
  ...Object.entries(ADVICE),
]);

const RUN_ONCE = "each occurrence is run once; leave it out";
const MADE_ANEW = "each run is made anew, and never updated; leave it out";

/** Keys of ours that mean nothing where a job has a container of its own. */
export const OF_EXEC_ALONE: ReadonlyMap<string, string> = new Map([
  ["container", "with launch: exec it names the container that the command runs in"],
  ["project", "with launch: exec it names the Compose project of the service that the command runs in"],
  ["service", "with launch: exec it names the Compose service that the command runs in"],
]);

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
    "networks.*",
    new Map([
      ["interface_name", "engines before 28 would not hear of it; leave it out"],
      ["use_service_name_alias", "a run has the aliases that are written, and no other; leave it out"],
    ]),
  ],
]);
