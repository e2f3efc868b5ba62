// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are among what is tested
/** What each file of `test/fixtures/bad` must give: the exact words (after the file's name), the jobs that live all the same, and what is broken. */
export const badFiles: Readonly<Record<string, BadFile>> = {
  "access-wrong.yml": {
    says: [
      '5:16: group_add must be a list of groups, not "audio"',
      '6:15: cap_add must be a capability such as NET_ADMIN, or ALL, not "NET_ADMN" (did you mean NET_ADMIN?)',
      '6:25: cap_add must be a capability such as NET_ADMIN, or ALL, not "SYS_EVERYTHING"',
      '7:15: cap_drop must be a list of capabilities such as NET_ADMIN, not "ALL"',
      '8:17: privileged must be true or false, not "maybe"',
      '9:20: security_opt must be an option such as no-new-privileges:true, seccomp=unconfined, apparmor=PROFILE or label=disable, not "seccomp=./profile.json" (seccomp takes unconfined, builtin, or a profile\'s JSON itself: no file is read)',
      '9:44: security_opt must be an option such as no-new-privileges:true, seccomp=unconfined, apparmor=PROFILE or label=disable, not "no_new_privileges"',
      "10:14: sysctls has no value for net.core.somaxconn",
      '11:18: userns_mode must be host, not "private"',
      "12:22: credential_spec must have one of file, registry and config",
      '13:16: read_only must be true or false, not "sometimes"',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "after-wrong.yml": {
    says: [
      '2:33: after.job must be the name of a job, such as dump, not "Dump!" (write for example dump-)',
      '3:47: after.on must be succeeded, failed, or ended, not "success"',
      '4:33: unknown key "jobs" under after (did you mean job?)',
      "5:33: after must be the name of a job, or a map with job and on, not a list",
      "9:20: inputs.DAY is required and has no default, and a run that another job's end starts would have no value (add default:, or leave after out where only people start the job)",
    ],
    lives: [],
    broken: ["name", "on", "key", "list", "input"],
  },
  "alias-of-itself.yml": {
    says: ["6:13: *env contains itself (if *env is meant as text, put it in quotes)"],
    lives: [],
    broken: ["nightly"],
  },
  "alias-of-nothing.yml": {
    says: ["5:14: no &soon comes before this (if *soon is meant as text, put it in quotes)"],
    lives: [],
    broken: ["nightly"],
  },
  "alias-schedule.yml": {
    says: [
      '3:15: a schedule that begins with * must be in quotes, since YAML gives * a meaning of its own (put the schedule in quotes: "* * * * *")',
      '6:15: a schedule that begins with * must be in quotes, since YAML gives * a meaning of its own (put the schedule in quotes: "*/5 * * * *")',
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "backtick-value.yml": {
    says: ["5:14: a value that begins with ` must be in quotes (put the value in quotes)"],
    lives: [],
    broken: ["the whole file"],
  },
  "both-missing.yml": {
    says: [
      '2:3: schedule is missing (add for example schedule: "0 3 * * *", after: with the job whose success starts it, or schedule: [] for a job that only people start)',
      "2:3: image is missing (add for example image: busybox:1.36)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "catch-up-wrong.yml": {
    says: ['5:15: catch_up must be last, all, or none, not "first"'],
    lives: [],
    broken: ["nightly"],
  },
  "colon-in-value.yml": {
    says: ['5:14: a value that has ": " in it must be in quotes (put the value in quotes)'],
    lives: [],
    broken: ["the whole file"],
  },
  "command-list-in-list.yml": {
    says: ["5:19: command holds a list where a word must stand; write its words one after the other"],
    lives: [],
    broken: ["nightly"],
  },
  "command-unclosed-quote.yml": {
    says: [
      '5:14: command "sh -c \\"date" has a " that has no end (end it with another ", or write \\" for the character itself)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "command-with-pipe.yml": {
    says: [
      "5:14: command \"mysqldump shop | gzip > /backup/shop.gz\" has | outside quotes, and no shell runs that would give it a meaning (write sh -c '…' to have a shell, or put | in quotes to pass it on)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "compose-keys-not-supported.yml": {
    says: [
      "5:5: restart is not supported (each occurrence is run once; leave it out)",
      "6:5: ports is not supported (a job needs no ports; leave it out)",
      "7:5: build is not supported (build the image beforehand and name it under image)",
      "8:5: stdin_open is not supported (a job has no terminal to read from; leave it out)",
      "9:5: scale is not supported (each occurrence is run once; leave it out)",
      "10:5: pull_refresh_after is not supported (write it into pull_policy, such as every_6h)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "cpus-wrong.yml": {
    says: ['5:11: cpus must be a number of at least 0.01 such as 0.5 or 2, not "half"'],
    lives: [],
    broken: ["nightly"],
  },
  "declared-config-wrong.yml": {
    says: [
      "3:14: configs.shop.content must be text, not a map of keys",
      "4:13: configs.limits.file says how it is made, but external: true says that it exists already (keep one of them)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "declared-label-of-ours.yml": {
    says: [
      "2:22: volumes.cache.labels.shipbell.job is a label that only shipbell itself puts on what it makes: leave it out",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "declared-network-wrong.yml": {
    says: [
      "4:5: networks.back.driver says how it is made, but external: true says that it exists already (keep one of them)",
      "6:21: networks.front.ipam.config must be a list such as - subnet: 10.5.0.0/16, not a map of keys",
      '8:15: networks.side.internal must be true or false, not "maybe"',
      "9:5: networks.side.enable_ipv4 is not supported (declare it with external: true, and make it with docker)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "declared-secret-unset.yml": {
    says: [
      '2:28: secrets.password.environment names the variable "SHOP_PASSWORD", which is not set (set SHOP_PASSWORD in the scheduler\'s environment, or in the .env file)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "declared-secret-wrong.yml": {
    says: [
      "2:3: secrets.nothing does not say what it contains (add file, environment, or external: true)",
      "3:9: secrets.empty must be a map such as file: ./password, not nothing",
      "4:23: secrets.twice says twice what it contains: file and environment (keep one of them)",
      "5:13: secrets.inside.content is not supported (a secret does not stand in the file: write file, or environment)",
      '6:23: secrets.key.environment must be the name of a variable such as SHOP_PASSWORD, not "SHOP-KEY"',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "declared-volume-wrong.yml": {
    says: [
      '2:12: unknown key "drivr" under volumes.cache (did you mean driver?)',
      '3:9: volumes.data must be a map such as driver: local, not "local"',
      '4:17: volumes.logs.name must be a volume\'s name (letters, digits, _ . -), not "shop logs"',
    ],
    lives: ["hourly"],
    broken: ["nightly"],
  },
  "deeper-line.yml": {
    says: [
      "4:7: the indentation does not fit the lines before (let the keys of one job begin in one column, and use spaces alone)",
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "defaults-is-text.yml": {
    says: ["1:11: defaults must be a map of keys that all jobs of the file have"],
    lives: [],
    broken: ["the whole file"],
  },
  "defaults-twice.yml": {
    says: ['2:1: the key "defaults" occurs twice (keep one)'],
    lives: ["nightly"],
    broken: ["the whole file"],
  },
  "defaults-wrong.yml": {
    says: [
      '2:12: timeout must be a duration above 0 such as 90s, 10m or 1h30m, not "soon"',
      '3:3: unknown key "imge" (did you mean image?)',
    ],
    lives: [],
    broken: ["nightly", "hourly"],
  },
  "deploy-is-text.yml": {
    says: ['5:13: deploy must be a map with placement or resources, not "worker"'],
    lives: [],
    broken: ["nightly"],
  },
  "deploy-misspelled.yml": {
    says: [
      '6:7: unknown key "placment" under deploy (did you mean placement?)',
      '7:7: unknown key "resource" under deploy (did you mean resources?)',
      '8:7: unknown key "anything" under deploy (known are placement, resources)',
      '9:20: unknown key "constraint" under deploy.placement (did you mean constraints?)',
      '11:19: unknown key "memmory" under deploy.resources.limits (did you mean memory?)',
      '11:33: unknown key "cpu" under deploy.resources.limits (did you mean cpus?)',
      '12:25: unknown key "pids" under deploy.resources.reservations (known are cpus, memory, devices, generic_resources)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "deploy-not-supported.yml": {
    says: [
      "6:7: deploy.labels is not supported (a job's labels stand under labels, next to deploy)",
      "7:7: deploy.mode is not supported (each occurrence is run once; leave it out)",
      "8:7: deploy.replicas is not supported (each occurrence is run once; leave it out)",
      "9:7: deploy.restart_policy is not supported (each occurrence is run once; leave it out)",
      "10:7: deploy.update_config is not supported (each run is a new one, and never updated; leave it out)",
      "11:7: deploy.rollback_config is not supported (each run is a new one, and never updated; leave it out)",
      "12:7: deploy.endpoint_mode is not supported (a job takes no connections; leave it out)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "deploy-wrong.yml": {
    says: [
      '7:22: deploy.placement.constraints must be a list of constraints such as node.role == worker, not "node.role == worker"',
      '8:23: deploy.placement.preferences must be a map such as spread: node.labels.zone, not "node.labels.zone"',
      '8:51: deploy.placement.preferences.spread must be a label of nodes such as node.labels.zone, not "node.hostname"',
      "8:68: spread is missing under deploy.placement.preferences (add for example spread: node.labels.zone)",
      '9:32: deploy.placement.max_replicas_per_node must be a whole number from 0 to 999999999, not "many"',
      '11:25: deploy.resources.limits.cpus must be a number of at least 0.01 such as 0.5 or 2, not "0"',
      '11:36: deploy.resources.limits.memory must be a size of at least 6m, such as 64m or 1.5g, not "64" (a bare number counts bytes; for megabytes write 64m)',
      '11:46: deploy.resources.limits.pids must be a whole number from 1 to 999999999, not "-1"',
      '12:23: deploy.resources.reservations must be a map with cpus or memory, not "64m"',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "devices-wrong.yml": {
    says: [
      '5:15: devices must be HOST[:CONTAINER[:PERMISSIONS]] such as /dev/sda:/dev/xvda:r, not "sda"',
      '5:20: devices must be HOST[:CONTAINER[:PERMISSIONS]] such as /dev/sda:/dev/xvda:r, not "/dev/sda:/dev/xvda:rwx"',
      '5:46: devices must be HOST[:CONTAINER[:PERMISSIONS]] such as /dev/sda:/dev/xvda:r, not "vendor.com/gpu=0" (write it as device_ids under gpus, with driver: cdi)',
      "5:64: source is missing under devices (add source: with the device's path on the host)",
      '6:27: device_cgroup_rules must be a rule such as c 1:3 mr, not "c 1 rw"',
      "7:12: gpus must have count or device_ids, not both",
      '7:45: unknown key "counts" under gpus (did you mean count?)',
      "11:21: capabilities is missing under deploy.resources.reservations.devices (add for example capabilities: [gpu])",
      "11:57: deploy.resources.reservations.devices.capabilities must not be empty",
      '12:77: deploy.resources.reservations.generic_resources.discrete_resource_spec.value must be a whole number from 1 to 999999999, not "all"',
      "12:86: discrete_resource_spec is missing under deploy.resources.reservations.generic_resources (add for example discrete_resource_spec: { kind: gpu, value: 1 })",
      '12:88: unknown key "gpu" under deploy.resources.reservations.generic_resources (known are discrete_resource_spec)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "empty.yml": {
    says: ["1:1: the file is empty (write jobs: and under it, indented, a name for each job; jobs: {} declares none)"],
    lives: [],
    broken: ["the whole file"],
  },
  "env-file-missing.yml": {
    says: [
      "5:56: env_file names ./shop.env, which cannot be read: there is no such file or folder (relative paths start from the schedule file's folder; with required: false it need not be there)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "env-file-wrong.yml": {
    says: [
      "5:15: env_file must be a file such as ./shop.env, or a list of such, not a map of keys",
      '9:18: unknown key "pth" under env_file (did you mean path?)',
      '9:45: env_file.required must be true or false, not "perhaps"',
    ],
    lives: [],
    broken: ["nightly", "hourly"],
  },
  "environment-nested.yml": {
    says: ["6:15: environment.LEVELS must be text or a number, not a list; put it in quotes to pass it as text"],
    lives: [],
    broken: ["nightly"],
  },
  "environment-wrong.yml": {
    says: [
      '6:9: environment holds "=…"; each item must be NAME=value',
      "7:9: environment holds a map of keys; each item must be NAME=value",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "exec-key-misspelt.yml": {
    says: [
      '5:5: unknown key "containr" (did you mean container?)',
      "11:5: build is not supported (build the image beforehand and name it under image)",
    ],
    lives: [],
    broken: ["dump", "dump-too"],
  },
  "exec-no-command.yml": {
    says: ["2:3: command is missing (add for example command: backup.sh --all)"],
    lives: [],
    broken: ["dump"],
  },
  "exec-where.yml": {
    says: [
      "4:13: launch: exec does not say in which container (add container: with a container's name, or service: with that of a Compose service)",
      "10:5: service and container both say where the command is to run (keep one of them)",
      "16:5: project says nothing without service (leave it out)",
      '21:16: container must be a container\'s name, not "shop db"',
    ],
    lives: [],
    broken: ["nowhere", "twice", "project-alone", "no-name"],
  },
  "exec-with-image.yml": {
    says: [
      "6:5: image cannot be honoured with launch: exec: the command runs in an existing container (leave image out)",
      "8:5: volumes cannot be honoured with launch: exec: the command runs in an existing container (leave volumes out)",
    ],
    lives: ["lives"],
    broken: ["dump"],
  },
  "exit-code-too-large.yml": {
    says: ['5:29: success_exit_codes must be a whole number from 0 to 255, not "256"'],
    lives: [],
    broken: ["nightly"],
  },
  "extra-hosts-map.yml": {
    says: [
      '5:24: extra_hosts.db must be an address or host-gateway, not "10.0.0"',
      '5:48: extra_hosts.web must be an address or host-gateway, not "none"',
      "5:60: extra_hosts.six must be an address or host-gateway, not a map of keys",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "file-is-text.yml": {
    says: [
      "1:1: a schedule file must be a map with the key jobs (write jobs: and under it, indented, a name for each job; jobs: {} declares none)",
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "healthcheck-wrong.yml": {
    says: [
      '5:26: healthcheck.test must begin with CMD, CMD-SHELL or NONE, not "curl"',
      '5:55: healthcheck.interval must be a duration above 0 such as 90s, 10m or 1h30m, not "10" (with its unit: 10s for seconds, 10m for minutes)',
      '5:68: healthcheck.retries must be a whole number from 1 to 1000, not "0"',
      '5:71: unknown key "disabled" under healthcheck (did you mean disable?)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "history-number.yml": {
    says: ['5:14: history must be a map with succeeded and failed, not "3"'],
    lives: [],
    broken: ["nightly"],
  },
  "history-wrong.yml": {
    says: [
      '5:27: history.succeeded must be a whole number from 0 to 50, not "many"',
      '5:33: unknown key "faild" under history (did you mean failed?)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "http-with-image.yml": {
    says: [
      "8:5: image cannot be honoured with launch: http: the scheduler sends a request, and nothing is run (leave image out)",
      "9:5: command cannot be honoured with launch: http: the scheduler sends a request, and nothing is run (write url, method and body under http, or leave launch out for a container of the job's own)",
      "10:5: environment cannot be honoured with launch: http: the scheduler sends a request, and nothing is run (variables of the scheduler may stand in url, headers and body; leave environment out)",
      "11:5: secrets cannot be honoured with launch: http: the scheduler sends a request, and nothing is run (write headers: { Authorization_file: /run/secrets/token } under http)",
      "12:5: success_exit_codes cannot be honoured with launch: http: the scheduler sends a request, and nothing is run (http.expect says which statuses are a success)",
      "13:5: stop_grace_period cannot be honoured with launch: http: the scheduler sends a request, and nothing is run (leave stop_grace_period out)",
      "14:5: nodes cannot be honoured with launch: http: the scheduler sends a request, and nothing is run (leave nodes out)",
      "15:5: inputs cannot be honoured with launch: http: the scheduler sends a request, and nothing is run (leave inputs out; each choice can be a job of its own)",
      "16:5: container cannot be honoured with launch: http: the scheduler sends a request, and nothing is run (leave container out)",
      "17:31: http is not supported (with launch: http it says which request is sent)",
      "18:72: http cannot be honoured with launch: exec: the command runs in an existing container (leave http out)",
    ],
    lives: ["lives"],
    broken: ["request", "run", "exec"],
  },
  "http-wrong.yml": {
    says: [
      "5:18: http.url must be an address such as http://app:8080/tasks/clean, of at most 2000 characters and without a user in it, not what is written",
      '9:33: unknown key "methods" under http (did you mean method?)',
      '9:56: http.expect must be a status from 200 to 599 such as 204, or a range of them such as 200-299, not "2xx" (write 200-299)',
      "9:72: http.headers.Host is a header that shipbell sets itself",
      "9:81: http.headers.a… is no name of a header (letters, digits and -)",
      "9:97: http.headers.x is a header that stands here twice",
      "9:111: http.headers.Y_file must be the path of a file, which begins with /, not what is written",
      "10:3: http is missing (add for example http: { url: http://app:8080/tasks/clean, method: POST })",
      "11:52: http must be a map such as url: http://app:8080/tasks/clean",
      "12:54: url is missing under http (add for example url: http://app:8080/tasks/clean)",
      "13:87: http.body cannot be sent with method GET (leave body out, or write method: POST)",
      "13:96: http.ca_file says nothing of an http: address (write url: https://…, or leave it out)",
    ],
    lives: [],
    broken: ["user", "keys", "none", "text", "no-url", "body"],
  },
  "image-missing.yml": {
    says: ["2:3: image is missing (add for example image: busybox:1.36)"],
    lives: [],
    broken: ["nightly"],
  },
  "inputs-of-a-schedule.yml": {
    says: [
      "6:25: inputs.DAY is required and has no default, and a run that the schedule starts would have no value (add default:, or leave schedule out where only people start the job)",
      "10:13: inputs must be a map from names of variables to what they may be, not a list",
      '11:3: schedule is missing (add for example schedule: "0 3 * * *", after: with the job whose success starts it, or schedule: [] for a job that only people start)',
    ],
    lives: [],
    broken: ["export", "clean", "sync"],
  },
  "inputs-wrong.yml": {
    says: [
      '5:7: inputs.my-input cannot be the name of an input; A-Z, a-z, 0-9 and "_" are allowed, no digit first, at most 64 characters',
      "6:7: inputs.SHIPBELL_DAY cannot be the name of an input; names that begin with SHIPBELL_ are the scheduler's",
      '7:7: inputs.1ST cannot be the name of an input; A-Z, a-z, 0-9 and "_" are allowed, no digit first, at most 64 characters',
      '8:13: inputs.TEXT must be a map of keys such as type and default, not "just text"',
      '9:18: unknown key "typ" under inputs.MISSPELT (did you mean type?)',
      '9:32: unknown key "requird" under inputs.MISSPELT (did you mean required?)',
      '10:20: inputs.TYPE.type must be string, integer, boolean, date, or choice, not "bolean" (did you mean boolean?)',
      '11:62: inputs.SIZE.default must be one of its options, not "larg"',
      "12:13: options is missing under inputs.NONE (add for example options: [small, large])",
      "13:38: inputs.EMPTY.options must be a list such as [small, large], not an empty list",
      '14:38: inputs.TWICE.options has "small" twice (keep one of them)',
      "15:17: inputs.OPTIONS.options says nothing of an input of type string (write type: choice)",
      "16:43: inputs.COUNT.max must not be less than min",
      '17:46: inputs.HIGH.default must be a whole number up to max, not "10"',
      '18:34: inputs.HALF.min must be a whole number, not "0.5"',
      '19:31: inputs.SOON.min must be a date such as 2026-11-18, not "soon"',
      '20:34: inputs.DAY.default must be a date such as 2026-11-18, not "2026-02-30" (there is no such day)',
      '21:37: inputs.DRY.default must be true or false, not "yes" (write true)',
      "22:30: inputs.RANGE.min says nothing of an input of type boolean (leave it out: only integer and date inputs have it)",
      "23:24: inputs.AHEAD.pattern has a group that begins with (?= (only (…) and (?:…) are allowed: nothing that looks ahead or behind)",
      '24:23: inputs.OPEN.pattern has a "[" that is not closed (add a ])',
      '25:43: inputs.UPPER.default must be a line that matches pattern as a whole, not "A"',
      '26:26: inputs.LONG.max_length must be a whole number from 1 to 1000, not "5000"',
      '27:39: inputs.SHORT.default must be a line of at most 3 characters, not "abcd"',
      '28:24: inputs.NEED.required must be true or false, not "sometimes"',
      '28:48: inputs.NEED.description must be one line of text, not ""',
    ],
    lives: [],
    broken: ["export"],
  },
  "job-inside-a-job.yml": {
    says: ['5:5: unknown key "hourly" (a job of its own is indented as the others are)'],
    lives: [],
    broken: ["the whole file"],
  },
  "job-inside-environment.yml": {
    says: [
      "8:9: environment.hourly must be text or a number, not a map of keys; a job of its own is indented as the others are",
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "job-is-empty.yml": {
    says: [
      "2:3: a job must be a map of keys such as schedule and image, not nothing (write both under its name, indented, or remove the name)",
    ],
    lives: ["hourly"],
    broken: ["nightly"],
  },
  "job-is-text.yml": {
    says: [
      '2:12: a job must be a map of keys such as schedule and image, not "busybox" (write both under its name, indented, or remove the name)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "job-name-too-long.yml": {
    says: [
      '2:3: the job name "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" has 64 characters; at most 63 are allowed',
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "job-name-upper-case.yml": {
    says: [
      '2:3: the job name "Nightly Backup" is not allowed; a name has a-z, 0-9, "_", "." and "-", and begins with a letter or digit (write for example nightly-backup)',
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "job-twice.yml": {
    says: [
      "5:3: the job nightly is already declared at job-twice.yml:2:3, which counts (give one of them another name)",
    ],
    lives: ["nightly"],
    broken: ["the whole file"],
  },
  "jobs-as-list.yml": {
    says: [
      "2:3: jobs must be a map from names to jobs (write jobs: and under it, indented, a name for each job; jobs: {} declares none)",
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "jobs-misspelled.yml": {
    says: [
      '1:1: unknown key "jbos"; at the top of a schedule file stand jobs, defaults, notify, pools, volumes, networks, secrets, configs, and keys that begin with x- (did you mean jobs?)',
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "jobs-not-indented.yml": {
    says: [
      '2:1: unknown key "nightly"; at the top of a schedule file stand jobs, defaults, notify, pools, volumes, networks, secrets, configs, and keys that begin with x- (move it under jobs if it is a job)',
      "1:1: there is nothing under jobs (write jobs: and under it, indented, a name for each job; jobs: {} declares none)",
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "keys-of-others.yml": {
    says: [
      '5:5: unknown key "concurrencyPolicy" (write overlap: forbid, allow, replace or queue)',
      '6:5: unknown key "startingDeadlineSeconds" (write starting_deadline: with its unit, such as 60s)',
      '7:5: unknown key "activeDeadlineSeconds" (write timeout: with its unit, such as 60s)',
      '8:5: unknown key "backoffLimit" (write retries: with how many further attempts there are)',
      '9:5: unknown key "successfulJobsHistoryLimit" (write history: { succeeded: 3 })',
      '10:5: unknown key "env" (write environment:)',
      '11:16: mem_limit must be a size of at least 6m, such as 64m or 1.5g, not "512Mi" (write 512m)',
      '12:11: cpus must be a number of at least 0.01 such as 0.5 or 2, not "500m" (write 0.5)',
      '16:16: mem_limit must be a size of at least 6m, such as 64m or 1.5g, not "0" (leave it out for no limit)',
      '17:19: environment has the name "LEVEL "; no space may stand before the "="',
      '19:5: unknown key "cron" (write schedule: "0 3 * * *")',
      '21:5: unknown key "no-overlap" (write overlap: forbid, which is the default)',
      '22:5: unknown key "enabled" (leave it out; suspended: true keeps a job from being started)',
    ],
    lives: [],
    broken: ["of-kubernetes", "of-compose", "of-labels"],
  },
  "launch-wrong.yml": {
    says: [
      '4:13: launch must be run, exec, or http, not "attach"',
      "9:5: container is not supported (with launch: exec it names the container that the command runs in)",
    ],
    lives: [],
    broken: ["dump", "in-a-container"],
  },
  "key-twice.yml": { says: ['5:5: the key "image" occurs twice (keep one)'], lives: [], broken: ["nightly"] },
  "labels-of-ours.yml": {
    says: ["6:7: labels.shipbell.run is a label that only shipbell itself puts on a run: leave it out"],
    lives: [],
    broken: ["nightly"],
  },
  "limits-that-clash.yml": {
    says: [
      "6:22: mem_reservation is more than the limit of memory (lower it, or raise the limit)",
      "7:20: memswap_limit is less than the limit of memory (it counts memory and swap together)",
      "9:5: cpu_quota and a limit of cpus are two ways to say one thing (keep cpus)",
      "10:5: pids_limit differs from deploy.resources.limits.pids, which means the same (keep one of them)",
      "11:24: ulimits.nofile has a soft limit above its hard one",
      "11:48: ulimits.nprocs is not a limit that the kernel has (did you mean nproc?)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "limits-twice.yml": {
    says: [
      "5:5: mem_limit differs from deploy.resources.limits.memory, which means the same (keep one of them)",
      "6:5: cpus differs from deploy.resources.limits.cpus, which means the same (keep one of them)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "lone-carriage-return.yml": {
    says: ["3:26: the line ends with a carriage return alone (end lines with a line feed)"],
    lives: [],
    broken: ["the whole file"],
  },
  "mem-limit-bare.yml": {
    says: [
      '5:16: mem_limit must be a size of at least 6m, such as 64m or 1.5g, not "64" (a bare number counts bytes; for megabytes write 64m)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "merge-of-text.yml": {
    says: ["5:9: << must be an alias of a map, or a list of such (write <<: *defaults)"],
    lives: [],
    broken: ["nightly"],
  },
  "misspelled-keys.yml": {
    says: [
      '5:5: unknown key "comand" (did you mean command?)',
      '6:5: unknown key "enviroment" (did you mean environment?)',
      '7:5: unknown key "timezome" (did you mean timezone?)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "mounts-wrong.yml": {
    says: [
      '5:13: tmpfs must be PATH[:OPTIONS] such as /run or /run:size=64m,mode=1777, not "run"',
      '5:18: tmpfs must be PATH[:OPTIONS] such as /run or /run:size=64m,mode=1777, not "/run:size=64mb"',
      '5:36: tmpfs must be PATH[:OPTIONS] such as /run or /run:size=64m,mode=1777, not "/tmp:no exec"',
      "7:9: volumes has options of a bind, but is of type volume",
      "8:9: volumes has bind.selinux, with which Docker makes a folder that is not there: write create_host_path: true, too",
      "9:9: volumes has a colon in a path, and bind.create_host_path, which Docker does not take together",
      '10:70: volumes.volume.subpath must be a path inside the volume such as data/today, not "../up"',
      '11:51: volumes.tmpfs.size must be a size such as 64m or 1.5g, not "big"',
      '11:62: volumes.tmpfs.mode must be permissions in octal such as 0440 or 01777, not "1777" (write 01777)',
      '12:17: volumes.type must be bind, volume, or tmpfs, not "image" (put the files into a volume, or into the image that is run)',
      '13:55: unknown key "propogation" under volumes.bind (did you mean propagation?)',
      "14:9: volumes has options of a volume, but is of type bind",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "name-at-the-top.yml": {
    says: [
      '1:1: unknown key "name"; at the top of a schedule file stand jobs, defaults, notify, pools, volumes, networks, secrets, configs, and keys that begin with x- (leave it out: there is no project, and what the file declares is called as it is written)',
    ],
    lives: ["nightly"],
    broken: ["the whole file"],
  },
  "names-wrong.yml": {
    says: [
      '5:15: hostname must be a host\'s name of letters, digits, - and ., at most 63 characters, not "my host"',
      '6:17: domainname must be a host\'s name of letters, digits, - and ., at most 63 characters, not ""',
      '7:18: mac_address must be a MAC address such as 02:42:ac:11:00:02, not "02-42"',
      '8:10: dns must be an IPv4 or IPv6 address, not "google"',
      "9:17: dns_search must be a domain, or a list of them, not an empty list",
      '10:14: dns_opt must be a list of options such as ndots:2, not "ndots:2"',
      '11:19: extra_hosts must be HOST=ADDRESS such as db=10.0.0.5 or gate=host-gateway, not "db"',
      '11:23: extra_hosts must be HOST=ADDRESS such as db=10.0.0.5 or gate=host-gateway, not "gate=gateway"',
      "12:19: network_mode must be bridge, host, none, container:NAME, or a network's name, not \"service:db\" (a schedule file has no services: write container: and a container's name)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "network-mode-beside-networks.yml": {
    says: ["5:5: network_mode replaces networks: there cannot be both (keep one of them)"],
    lives: [],
    broken: ["nightly"],
  },
  "network-that-stands-alone.yml": {
    says: ["5:15: networks cannot hold host together with others (leave out host, or the others)"],
    lives: [],
    broken: ["nightly"],
  },
  "network-with-settings.yml": {
    says: [
      '8:9: unknown key "alias" under networks.backend (known are aliases, ipv4_address, ipv6_address, link_local_ips, mac_address, driver_opts, gw_priority, priority)',
      '9:23: networks.backend.ipv4_address must be an IPv4 address, not "10.0.0.300"',
      '10:23: networks.backend.ipv6_address must be an IPv6 address, not "10.0.0.3"',
      '11:22: networks.backend.mac_address must be a MAC address such as 02:42:ac:11:00:02, not "1"',
      '12:18: networks.backend.aliases must be a list of names, not "db"',
      "13:9: networks.backend.interface_name is not supported (engines before 28 do not know it; leave it out)",
      '14:19: networks.backend.priority must be a whole number from -2147483648 to 2147483647, not "high"',
      "15:14: networks.front must be nothing, or a map with aliases, ipv4_address and the like, not a list",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "nickname-without-quotes.yml": {
    says: [
      '3:15: a schedule that begins with @ must be in quotes, since YAML gives @ a meaning of its own (put the schedule in quotes: "@daily")',
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "no-colon.yml": {
    says: ["4:5: a key, a colon and a value must stand here (write for example image: busybox)"],
    lives: [],
    broken: ["the whole file"],
  },
  "no-space-after-colon.yml": {
    says: ['3:5: "image:busybox" has no space after its colon (write image: busybox)'],
    lives: [],
    broken: ["the whole file"],
  },
  "no-space-in-last-line.yml": {
    says: ['4:5: "image:busybox" has no space after its colon (write image: busybox)'],
    lives: [],
    broken: ["the whole file"],
  },
  "not-a-map.yml": {
    says: [
      "1:1: a schedule file must be a map with the key jobs (write jobs: and under it, indented, a name for each job; jobs: {} declares none)",
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "nodes-wrong.yml": {
    says: [
      '5:12: nodes must be each, not "all"',
      "9:12: nodes needs a shorter job name: a-name-that-leaves-no-room-for-names-of-nodes has 45 characters, and more than 40 leave no room for the name of a node (shorten the job's name to 40 characters)",
    ],
    lives: [],
    broken: ["nightly", "a-name-that-leaves-no-room-for-names-of-nodes"],
  },
  "nothing-under-jobs.yml": {
    says: [
      "1:1: there is nothing under jobs (write jobs: and under it, indented, a name for each job; jobs: {} declares none)",
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "notify-at-the-top.yml": {
    says: [
      '4:1: unknown key "expected_duration"; at the top of a schedule file stand jobs, defaults, notify, pools, volumes, networks, secrets, configs, and keys that begin with x- (move it under defaults: if all jobs of the file are to have it)',
      '3:25: notify.after must be a whole number from 1 to 1000, not "soon"',
    ],
    lives: ["hourly"],
    broken: ["the whole file", "nightly"],
  },
  "notify-wrong.yml": {
    says: [
      '6:9: notify.to must be the name of a channel (of a-z, 0-9, "_" and "-", at most 32), not "Ops Chat"',
      '7:35: notify.on must be failed, recovered, missed, skipped, long-running, or not-run, not "recoverd" (did you mean recovered?)',
      '7:53: notify.after must be a whole number from 1 to 1000, not "0"',
      '7:64: notify.remind must be a duration of at least 1m such as 4h or 1d, not "30s"',
      '7:77: notify.output must be a whole number from 0 to 100, not "1000"',
      "8:9: to is missing under notify (add to: with the name of a channel)",
      "9:25: notify.on has recovered without failed; it is told to a channel that has heard of the failure (add failed)",
      "9:25: notify.on has not-run, and nothing says after how long a pause is told (add for example remind: 1d)",
      "9:54: notify.after counts failures, and on does not have failed (leave it out)",
      '9:57: unknown key "when" under notify (known are to, on, after, remind, output)',
      '10:24: expected_duration must be a duration above 0 such as 90s, 10m or 1h30m, not "soon"',
      '11:28: alert_without_success must be a duration above 0 such as 90s, 10m or 1h30m, not "26" (with its unit: 26s for seconds, 26m for minutes)',
      "12:26: healthchecks.url must be an address such as https://hc-ping.com/…, of at most 1000 characters",
      '16:13: notify names "pager" twice (keep one of them)',
      "17:19: healthchecks has no address (add url: or url_file:)",
      "21:48: notify.remind repeats failed and not-run, and on has neither (leave it out)",
      '22:64: healthchecks.url_file must be the absolute path of a file that has the address, such as /run/secrets/hc-backup, not "run/secrets/hc"',
      '23:5: unknown key "on_failure" (write notify: with the names of channels, such as [ops-chat])',
    ],
    lives: [],
    broken: ["nightly", "hourly", "daily"],
  },
  "only-comments.yml": {
    says: ["1:1: the file is empty (write jobs: and under it, indented, a name for each job; jobs: {} declares none)"],
    lives: [],
    broken: ["the whole file"],
  },
  "overlap-wrong.yml": {
    says: ['5:14: overlap must be forbid, allow, replace, or queue, not "never"'],
    lives: [],
    broken: ["nightly"],
  },
  "pending-timeout-list.yml": {
    says: ["5:22: pending_timeout must be a duration above 0 such as 90s, 10m or 1h30m, not a list"],
    lives: [],
    broken: ["nightly"],
  },
  "placement-constraints.yml": {
    says: [
      '8:13: deploy.placement.constraints must be a constraint such as node.role == worker or node.labels.disk != hdd, not "node.role = worker" (write node.role == worker)',
      '9:13: deploy.placement.constraints must be a constraint such as node.role == worker or node.labels.disk != hdd, not "node.role == master" (a node\'s role is manager or worker)',
      '10:13: deploy.placement.constraints must be a constraint such as node.role == worker or node.labels.disk != hdd, not "node.hostnam == shop1" (did you mean node.hostname?)',
      '11:13: deploy.placement.constraints must be a constraint such as node.role == worker or node.labels.disk != hdd, not "node.label.disk == ssd" (did you mean node.labels.disk?)',
      '12:13: deploy.placement.constraints must be a constraint such as node.role == worker or node.labels.disk != hdd, not "disk == ssd" (known are node.id, node.hostname, node.role, node.ip, node.platform.os, node.platform.arch, node.labels.NAME, engine.labels.NAME)',
      '13:13: deploy.placement.constraints must be a constraint such as node.role == worker or node.labels.disk != hdd, not "node.labels. == ssd" (known are node.id, node.hostname, node.role, node.ip, node.platform.os, node.platform.arch, node.labels.NAME, engine.labels.NAME)',
      '14:13: deploy.placement.constraints must be a constraint such as node.role == worker or node.labels.disk != hdd, not "node.labels.disk ==" (there is no value after it)',
      '15:13: deploy.placement.constraints must be a constraint such as node.role == worker or node.labels.disk != hdd, not "node.labels.disk == a,b" (use letters, digits and - _ . : / in a value)',
      '16:13: deploy.placement.constraints must be a constraint such as node.role == worker or node.labels.disk != hdd, not "node.labels.disk" (compare with == or !=)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "process-wrong.yml": {
    says: [
      '5:15: platform must be OS/ARCHITECTURE such as linux/arm64, not "amd64" (write the system too, such as linux/amd64)',
      '6:10: tty must be true or false, not "on" (write true)',
      '7:10: ipc must be host, private, shareable, none, or container:NAME, not "service:db" (a schedule file has no services: write container: and a container\'s name)',
      '8:10: pid must be host, or container:NAME, not "private"',
      '9:10: uts must be host, not "private"',
      '10:13: cgroup must be host or private, not "none"',
      '11:16: isolation must be default, process, or hyperv, not "full"',
      '12:35: unknown key "option" under logging (did you mean options?)',
      "13:18: healthcheck has no test, and the image's own is not used in runs (write the test, or disable: true, or leave it out)",
      '14:18: pull_policy must be always, missing, never, daily, weekly, or every_ with a duration such as every_6h, not "build" (shipbell builds no images: build it beforehand, and write missing or never)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "reservation-above-limit.yml": {
    says: [
      "8:33: deploy.resources.reservations.memory is more than the limit of memory (lower it, or raise the limit)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "resources-wrong.yml": {
    says: [
      '5:20: memswap_limit must be a size such as 64m or 1.5g, or -1 for no limit, not "lots"',
      '6:21: mem_swappiness must be a whole number from 0 to 100, not "101"',
      '7:17: cpu_shares must be a whole number from 0 to 262144, not "high"',
      '8:16: cpu_quota must be microseconds from 1000, or a duration from 1ms, not "half"',
      '9:13: cpuset must be CPUs such as 0-3 or 0,2, not "all"',
      '10:15: shm_size must be a size such as 64m or 1.5g, not "big"',
      '11:24: ulimits.nofile must be a whole number, or -1 for no limit, not "many"',
      "11:36: hard is missing under ulimits.core (add hard: with the limit that soft may be raised to)",
      '11:76: unknown key "max" under ulimits.nproc (known are soft, hard)',
      '12:20: oom_score_adj must be a whole number from -1000 to 1000, not "2000"',
      '13:21: unknown key "wieght" under blkio_config (did you mean weight?)',
      '13:57: blkio_config.weight_device.path must be a device\'s path such as /dev/sda, not "sda"',
      '13:70: blkio_config.weight_device.weight must be a whole number from 10 to 1000, not "1"',
      '14:18: storage_opt must be a map of the storage driver\'s options, not "1G"',
      '15:17: pids_limit must be a whole number from 1, or -1 for no limit, not "0"',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "same-target.yml": {
    says: [
      "5:20: secrets puts tls2 at /run/secrets/tls, where tls of secrets is already (give one of them another target)",
      "6:21: configs puts other at /shop, where shop of configs is already (give one of them another target)",
      "6:62: configs puts third at /run/secrets/tls, where tls of secrets is already (give one of them another target)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "schedule-as-map.yml": {
    says: [
      '4:9: schedule must be a schedule such as "0 3 * * *", or "CRON_TZ=Asia/Seoul 0 3 * * *" with a zone of its own, not a map of keys',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "schedule-duration.yml": { says: ['3:15: "90s" is a duration: write @every 90s'], lives: [], broken: ["nightly"] },
  "schedule-each-minute.yml": {
    says: [
      '3:15: warning: "* 3 * * *" means: every minute, between 03:00 and 03:59 (for once, at the full hour, write 0 3 * * *; if each minute is meant, write */1 3 * * *)',
    ],
    lives: ["nightly"],
    broken: [],
  },
  "schedule-either-day.yml": {
    says: [
      '3:29: warning: "0 0 13 * FRI" means: at 00:00, on day 13 of the month, or on Friday (one of the two days is enough: if both must be true write 0 0 13 * +FRI; if either of them is meant, write 2 schedules: 0 0 13 * * and 0 0 * * FRI)',
    ],
    lives: ["nightly"],
    broken: [],
  },
  "schedule-list-without-quotes.yml": {
    says: [
      '4:9: a schedule that begins with * must be in quotes, since YAML gives * a meaning of its own (put the schedule in quotes: "* 3 * * *")',
      '5:9: a schedule that begins with @ must be in quotes, since YAML gives @ a meaning of its own (put the schedule in quotes: "@hourly")',
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "schedule-missing.yml": {
    says: [
      '2:3: schedule is missing (add for example schedule: "0 3 * * *", after: with the job whose success starts it, or schedule: [] for a job that only people start)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "schedule-never.yml": {
    says: [
      '3:15: "0 0 31 2 *" never comes true, as it means "At 00:00, on day 31 of the month, only in February": there is no such day. For the last day of the month write 0 0 L 2 *',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "schedule-nickname-wrong.yml": {
    says: [
      '3:15: "@dayly" is not known. These are: @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every_minute, @every_second, @every 90s, @at 2027-01-31T03:00+01:00. Did you mean @daily?',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "schedule-six-fields.yml": {
    says: [
      '3:15: warning: "0 3 * * * *" means: at 3 minutes past the hour (the first of six fields is the second: for 03:00 each day write 0 3 * * *; if each hour is meant, write 3 * * * *)',
    ],
    lives: ["nightly"],
    broken: [],
  },
  "schedule-too-few-fields.yml": {
    says: [
      '3:15: "0 3 * *" has 4 fields: write 5 fields (minute, hour, day of the month, month, day of the week) such as 0 3 * * *, 6 with the second before them, or 7 with the year after these',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "schedule-uneven-step.yml": {
    says: [
      '3:15: warning: "*/45 * * * *" means: at 0 and 45 minutes past the hour (a step counts from the start of each hour: for an interval write @every 45m; if this is meant, write 0,45 * * * *)',
    ],
    lives: ["nightly"],
    broken: [],
  },
  "schedule-weekday-wrong.yml": {
    says: [
      '3:15: "thirsday" is not a day of the week: 0-7 (0 and 7 are Sunday), SUN-SAT, FRI#2 (the second Friday of the month) and FRI#L (the last) are allowed. Did you mean thursday? Write 0 0 * * thursday',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "schedule-with-warning-and-error.yml": {
    says: [
      '3:15: warning: "* 3 * * *" means: every minute, between 03:00 and 03:59 (for once, at the full hour, write 0 3 * * *; if each minute is meant, write */1 3 * * *)',
      '5:14: overlap must be forbid, allow, replace, or queue, not "forbit" (did you mean forbid?)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "schedule-wrong.yml": { says: ['3:29: "61" is not a minute: 0-59 are allowed'], lives: [], broken: ["nightly"] },
  "schedule-zone-wrong.yml": {
    says: ['3:15: The time zone "Europe/Berlim" is not known: write Europe/Berlin'],
    lives: [],
    broken: ["nightly"],
  },
  "secrets-wrong.yml": {
    says: [
      '6:9: secrets must be the name of a secret in Swarm\'s store, not "my secret"',
      "7:9: source is missing under secrets (add source: with its name in Swarm's store)",
      '8:30: secrets.mode must be permissions in octal such as 0440, not "440" (write 0440)',
      '8:40: secrets.uid must be the number of a user such as 0 or 1000, not "root"',
      '8:51: secrets.gid must be the number of a group such as 0 or 1000, not ""',
      '8:63: secrets.target must be a file\'s path in the container, not "/run/"',
      '9:24: unknown key "file" under secrets (known are source, target, uid, gid, mode)',
      "10:9: secrets must be a secret's name, or a map with its source, not a list",
      '11:14: configs must be a list of configs, not "shop.cnf"',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "services-of-compose.yml": {
    says: [
      '1:1: unknown key "services"; at the top of a schedule file stand jobs, defaults, notify, pools, volumes, networks, secrets, configs, and keys that begin with x- (did you mean jobs?)',
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "several.yml": {
    says: [
      '3:15: "often" has 1 field: write 5 fields (minute, hour, day of the month, month, day of the week) such as 0 3 * * *, 6 with the second before them, or 7 with the year after these',
      '4:5: unknown key "imge" (did you mean image?)',
      '5:14: timeout must be a duration above 0 such as 90s, 10m or 1h30m, not "soon"',
      '6:11: cpus must be a number of at least 0.01 such as 0.5 or 2, not "-1"',
    ],
    lives: ["hourly"],
    broken: ["nightly"],
  },
  "stop-signal-wrong.yml": {
    says: ['5:18: stop_signal must be a signal such as SIGTERM, not "SIGTREM" (did you mean SIGTERM?)'],
    lives: [],
    broken: ["nightly"],
  },
  "stranger-beside-jobs.yml": {
    says: [
      '1:1: unknown key "version"; at the top of a schedule file stand jobs, defaults, notify, pools, volumes, networks, secrets, configs, and keys that begin with x- (leave it out: a schedule file has no version, and Compose takes no notice of it either)',
    ],
    lives: ["nightly"],
    broken: ["the whole file"],
  },
  "stranger-key.yml": {
    says: [
      '5:5: unknown key "frequency" (known are schedule, after, timezone, jitter, except, only, quiet, quiet_policy, overlap, queue_limit, catch_up, catch_up_limit, starting_deadline, pool, retries, timeout, pending_timeout, node_grace, stop_grace_period, success_exit_codes, suspended, nodes, inputs, history, notify, expected_duration, alert_without_success, healthchecks, and the keys of a Compose service)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "suspended-yes.yml": {
    says: ['5:16: suspended must be true or false, not "yes" (write true)'],
    lives: [],
    broken: ["nightly"],
  },
  "swap-without-memory.yml": {
    says: ["5:5: memswap_limit means nothing without a limit of memory (add mem_limit)"],
    lives: [],
    broken: ["nightly"],
  },
  "tab-indent.yml": {
    says: [
      "2:1: a tab is used to indent; YAML allows spaces only (write two spaces for each tab)",
      "3:1: a tab is used to indent; YAML allows spaces only (write two spaces for each tab)",
    ],
    lives: [],
    broken: ["the whole file"],
  },
  "timeout-in-words.yml": {
    says: ['5:14: timeout must be a duration above 0 such as 90s, 10m or 1h30m, not "90 minutes" (write 90m)'],
    lives: [],
    broken: ["nightly"],
  },
  "timeout-without-unit.yml": {
    says: [
      '5:14: timeout must be a duration above 0 such as 90s, 10m or 1h30m, not "90" (with its unit: 90s for seconds, 90m for minutes)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "timeout-zero.yml": {
    says: [
      '5:14: timeout must be a duration above 0 such as 90s, 10m or 1h30m, not "0" (leave the key out for the default)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "timezone-offset.yml": {
    says: [
      '5:15: timezone must be an IANA name such as Asia/Seoul, not "+09:00" (write a place; if no clock ever changes there, Etc/GMT-9, which is +9 h)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "timezone-wrong.yml": {
    says: ['5:15: timezone must be an IANA name such as Asia/Seoul, not "Asia/Soul" (did you mean Asia/Seoul?)'],
    lives: [],
    broken: ["nightly"],
  },
  "two-documents.yml": {
    says: ["2:1: a second YAML document begins here; a file holds one (put all jobs under one jobs:)"],
    lives: [],
    broken: ["the whole file"],
  },
  "unclosed-brace.yml": {
    says: ["3:3: a { or [ before this has no end (end it with } or ])"],
    lives: [],
    broken: ["the whole file"],
  },
  "unclosed-quote.yml": {
    says: ["3:15: the quote that begins here has no end (end it with the same quote)"],
    lives: [],
    broken: ["the whole file"],
  },
  "unknown-tag.yml": {
    says: ["5:14: the tag !minutes is not supported (leave it out)"],
    lives: [],
    broken: ["the whole file"],
  },
  "variable-invalid.yml": {
    says: [
      '5:14: "${DATE!}" is not a variable; allowed are $NAME, ${NAME}, ${NAME:-default}, ${NAME:?message} (for a dollar sign itself write $$)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "variable-required.yml": {
    says: [
      "5:11: the variable APP_USER must be set: say who runs the job (set APP_USER in the scheduler's environment)",
    ],
    lives: [],
    broken: ["nightly"],
  },
  "variable-unset-needed.yml": {
    says: [
      "4:12: warning: the variable IMAGE is not set; nothing is put in its place (set it, write ${IMAGE:-} if that is meant, or $$IMAGE for the job's own shell)",
      '4:12: image must be an image such as busybox:1.36, not "${IMAGE}"',
      "5:14: warning: the variable LONGEST is not set; nothing is put in its place (set it, write ${LONGEST:-} if that is meant, or $$LONGEST for the job's own shell)",
      '5:14: timeout must be a duration above 0 such as 90s, 10m or 1h30m, not "${LONGEST}"',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "variable-unset.yml": {
    says: [
      "5:14: warning: the variable SHOP is not set; nothing is put in its place (set it, write ${SHOP:-} if that is meant, or $$SHOP for the job's own shell)",
    ],
    lives: ["nightly"],
    broken: [],
  },
  "volume-home.yml": {
    says: ['6:9: volumes has the source "~/backup"; a job has no home directory: write an absolute path'],
    lives: [],
    broken: ["nightly"],
  },
  "volume-long-form.yml": {
    says: [
      "7:17: volumes.source is written for a tmpfs, which is memory and has no source",
      '9:9: unknown key "readonly" under volumes (did you mean read_only?)',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "pools-as-list.yml": {
    says: ["1:8: pools must be a map from names of pools to their numbers of slots (write pools: {db: 2})"],
    lives: ["nightly"],
    broken: [],
  },
  "pools-wrong.yml": {
    says: [
      '2:7: pools.db must be a whole number from 1 to 100, not "0"',
      '3:3: "Mail" cannot name a pool; allowed are lower-case letters, digits, _ and -, a letter or digit first, at most 32',
      '9:11: pool must be the name of a pool (lower-case letters, digits, _ and -, a letter or digit first, at most 32), not "d b"',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "volume-mode.yml": {
    says: [
      '6:9: volumes has the mode "zz"; supported are rw, ro, nocopy, z, Z, rprivate, private, rshared, shared, rslave, slave, consistent, cached, delegated',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "volume-relative-target.yml": {
    says: [
      '5:15: volumes must be [SOURCE:]TARGET[:MODE] such as /srv/data:/data or cache:/var/cache:ro, not "/srv/backup:backup": the target backup is not an absolute path',
    ],
    lives: [],
    broken: ["nightly"],
  },
  "volume-without-target.yml": {
    says: ["6:9: target is missing under volumes (add target: with a path inside the container)"],
    lives: [],
    broken: ["nightly"],
  },
  "volumes-as-list.yml": {
    says: [
      "1:10: volumes at the top of the file must be a map from names to what they stand for (write a name and a colon in a line of its own)",
    ],
    lives: ["hourly"],
    broken: ["nightly"],
  },
  "volumes-from-wrong.yml": {
    says: ['5:20: volumes_from must be a container\'s name, with :ro where it is only read, not "mysql data"'],
    lives: [],
    broken: ["nightly"],
  },
  "working-dir-relative.yml": {
    says: ['5:18: working_dir must be an absolute path inside the container such as /data, not "data"'],
    lives: [],
    broken: ["nightly"],
  },
  "wrong-in-anchor.yml": {
    says: ['3:12: timeout must be a duration above 0 such as 90s, 10m or 1h30m, not "soon"'],
    lives: [],
    broken: ["nightly", "hourly"],
  },
  "wrong-indent.yml": {
    says: [
      "5:4: the indentation does not fit the lines before (let the keys of one job begin in one column, and use spaces alone)",
    ],
    lives: [],
    broken: ["the whole file"],
  },
};

interface BadFile {
  readonly says: readonly string[];
  readonly lives: readonly string[];
  readonly broken: readonly string[];
}
