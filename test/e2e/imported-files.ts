/**
 * A file of each kind that `shipbell import` reads, whose jobs can run on an engine that has `busybox`, a container
 * `import-target` that runs, and a network `shop_default`. `import.test.ts` imports, checks and runs them all at once, so each
 * job must be due within a minute. A new kind is a row here.
 */
export interface ImportedFile {
  readonly kind: string;
  /** What the command is given besides the file and `--timezone`. */
  readonly options?: readonly string[];
  readonly text: string;
  /** What a run of each job prints. Names are unique among all files. */
  readonly prints: Readonly<Record<string, readonly string[]>>;
}

const lines = (...all: readonly string[]) => `${all.join("\n")}\n`;

export const IMPORTED_FILES: readonly ImportedFile[] = [
  {
    kind: "crontab",
    options: ["--image", "busybox", "--prefix", "cron-"],
    text: lines("GREETING='from crontab'", String.raw`* * * * * cat && echo "$GREETING" 100\%%and its input`),
    prints: { "cron-cat": ["and its input", "from crontab 100%"] },
  },
  {
    kind: "crontab",
    options: ["--flavour", "supercronic", "--image", "busybox", "--prefix", "super-"],
    text: lines("*/10 * * * * * * echo $GREETING", "GREETING=from-supercronic"),
    prints: { "super-echo": ["from-supercronic"] },
  },
  {
    kind: "crontab",
    options: ["--flavour", "busybox", "--image", "busybox", "--prefix", "alpine-"],
    text: lines("SHELL=/bin/sh", "* * * * * echo $SHELL 100% \\", "  continued # and a comment"),
    prints: { "alpine-echo": ["/bin/sh 100% continued"] },
  },
  {
    kind: "swarm-cronjob",
    options: ["--project", "shop"],
    text: lines(
      "services:",
      "  stacked:",
      "    image: busybox",
      "    command: sh -c 'echo $$GREETING'",
      "    environment: [GREETING=from swarm-cronjob]",
      "    deploy:",
      "      replicas: 0",
      "      restart_policy: { condition: none }",
      "      labels:",
      '        swarm.cronjob.enable: "true"',
      '        swarm.cronjob.schedule: "*/15 * * * * *"',
    ),
    prints: { stacked: ["from swarm-cronjob"] },
  },
  {
    kind: "ofelia",
    options: ["--flavour", "mcuadros-0.4"],
    text: lines(
      '[job-run "mcuadros-run"]',
      "schedule = */15 * * * * *",
      "image = busybox",
      "pull = false",
      "user = 1000",
      "environment = GREETING=from mcuadros/ofelia",
      `command = sh -c 'echo $GREETING as $(id -u)'`,
      '[job-exec "mcuadros-exec"]',
      "schedule = @every 10s",
      "container = import-target",
      "command = echo 'in a container' ; that runs",
    ),
    prints: { "mcuadros-run": ["from mcuadros/ofelia as 1000"], "mcuadros-exec": ["in a container"] },
  },
  {
    kind: "ofelia",
    options: ["--flavour", "mcuadros-0.3"],
    text: lines(
      '[job-run "mcuadros-seconds"]',
      "schedule = */20 * * * *",
      "image = busybox",
      "pull = false",
      "command = echo 'from an older Ofelia'",
    ),
    prints: { "mcuadros-seconds": ["from an older Ofelia"] },
  },
  {
    kind: "ofelia",
    options: ["--flavour", "netresearch"],
    text: lines(
      '[job-run "netresearch-run"]',
      "schedule = */15 * * * * *",
      "image = busybox",
      "pull = false",
      "user = 65534",
      "working-dir = /tmp",
      "command = sh -c 'echo from $(pwd) as $(id -u)'",
    ),
    prints: { "netresearch-run": ["from /tmp as 65534"] },
  },
  {
    kind: "chadburn",
    text: lines(
      '[job-exec "chadburn-exec"]',
      "schedule = * * * * *",
      "container = import-target",
      "user = 1000",
      "command = id -u",
    ),
    prints: { "chadburn-exec": ["1000"] },
  },
  {
    kind: "docker-crontab",
    text: lines(
      "[",
      '  { "name": "wrapped", "schedule": "@every 1m", "image": "busybox", "dockerargs": "--rm -u 1000",',
      `    "command": "sh -c 'echo from docker-crontab as $(id -u)'" },`,
      '  { "name": "wrapped-exec", "schedule": "* * * * *", "container": "import-target", "command": "echo in it" }',
      "]",
    ),
    prints: { wrapped: ["from docker-crontab as 1000"], "wrapped-exec": ["in it"] },
  },
  {
    kind: "compose",
    text: lines(
      "name: shop",
      "jobs:",
      "  composed:",
      "    image: busybox",
      "    command: echo from a job of Compose",
      "    triggers:",
      '      schedule: ["* * * * *"]',
    ),
    prints: { composed: ["from a job of Compose"] },
  },
  {
    kind: "deck-chores",
    text: lines(
      "services:",
      "  target:",
      "    image: busybox",
      "    container_name: import-target",
      "    labels:",
      "      deck-chores.chore.command: sh -c 'echo $$GREETING'",
      '      deck-chores.chore.cron: "*/15"',
      "      deck-chores.chore.env.GREETING: from deck-chores",
    ),
    prints: { chore: ["from deck-chores"] },
  },
  {
    kind: "kubernetes",
    text: lines(
      "apiVersion: batch/v1",
      "kind: CronJob",
      "metadata: { name: kubernetes-job }",
      "spec:",
      '  schedule: "* * * * *"',
      "  timeZone: Etc/UTC",
      "  jobTemplate:",
      "    spec:",
      "      template:",
      "        spec:",
      "          restartPolicy: Never",
      "          containers:",
      "            - name: main",
      "              image: busybox",
      "              imagePullPolicy: IfNotPresent",
      '              command: ["sh", "-c", "echo $(GREETING), $GREETING"]',
      "              env: [{ name: GREETING, value: from Kubernetes }]",
    ),
    prints: { "kubernetes-job": ["from Kubernetes, from Kubernetes"] },
  },
  {
    kind: "systemd",
    text: lines(
      "# /etc/systemd/system/greet.timer",
      "[Timer]",
      "OnCalendar=*:*:0/15",
      "",
      "# /etc/systemd/system/greet.service",
      "[Service]",
      "Environment=GREETING=systemd",
      "ExecStart=/usr/bin/docker run --rm -u 1000 busybox echo from $GREETING",
    ),
    prints: { greet: ["from systemd"] },
  },
];
