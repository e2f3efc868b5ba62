import { describe, expect, it, test } from "vitest";
import { importOne } from "../import-one.ts";

/** A timer and a service as `systemctl cat` prints them. */
function units(timer: string, service: string, more = ""): string {
  return `# /etc/systemd/system/job.timer\n[Timer]\n${timer}\n\n# /etc/systemd/system/job.service\n[Service]\n${service}\n${more}`;
}

async function imported(timer: string, service = "ExecStart=/bin/a", more = "") {
  return await importOne("systemd", units(timer, service, more));
}

/** The job of a service, without when it is due. */
async function run(service: string, image: string | undefined = "busybox") {
  const text = units("OnCalendar=daily", service);
  const result = await importOne("systemd", text, image === undefined ? {} : { image });
  const { schedule, timezone, overlap, queue_limit, catch_up, ...keys } = result.keys;
  return { ...result, keys };
}

describe("a timer says when, its service what", () => {
  it("files are matched by their names, by Unit=, and by the template of an instance", async () => {
    const service = (name: string) => ({
      path: `units/${name}.service`,
      text: `[Service]\nExecStart=/bin/${name.replace("@", "")} %i\n`,
    });
    const timer = (name: string, more = "") => ({
      path: `units/${name}.timer`,
      text: `[Timer]\nOnCalendar=daily\n${more}\n`,
    });
    const others = [service("a"), timer("b", "Unit=c.service"), service("c"), timer("d@home"), service("d@")];
    const { jobs, findings, notImported } = await importOne("systemd", timer("a").text, {
      path: "units/a.timer",
      others,
    });
    expect(jobs.map(({ name, keys }) => [name, keys.command])).toEqual([
      ["a", ["/bin/a", ""]],
      ["b", ["/bin/c", ""]],
      ["d-home", ["/bin/d", "home"]],
    ]);
    expect([findings.filter(({ severity }) => severity === undefined), notImported]).toEqual([[], []]);
  });

  it("drop-ins come after their unit, in the order of their names, and an empty value takes back what was written", async () => {
    const dropIn = (name: string, text: string) => ({ path: `/etc/systemd/system/${name}`, text });
    const { schedules, keys, text } = await importOne(
      "systemd",
      units("OnCalendar=daily", "ExecStart=/bin/a\nEnvironment=A=1"),
      {
        others: [
          dropIn("job.timer.d/20-last.conf", "[Timer]\nOnCalendar=06:00\n"),
          dropIn("job.timer.d/10-reset.conf", "[Timer]\nOnCalendar=\nOnCalendar=05:00\n"),
          dropIn("job.service.d/exec.conf", "[Service]\nExecStart=\nExecStart=/bin/b\nEnvironment=B=2\n"),
        ],
      },
    );
    expect(schedules).toEqual([["0 5 * * *", "0 6 * * *"]]);
    expect(keys).toMatchObject({ command: ["/bin/b"], environment: { A: "1", B: "2" } });
    expect(text).toContain("# /etc/systemd/system/job.timer.d/10-reset.conf:3  OnCalendar=05:00");
  });

  it("one timer and one service without names belong together", async () => {
    const { jobs } = await importOne(
      "systemd",
      "[Unit]\nDescription=x\n[Timer]\nOnCalendar=daily\n[Service]\nExecStart=/bin/a\n",
    );
    expect(jobs).toHaveLength(1);
  });

  it("a service that is missing, or that no timer starts, is said", async () => {
    const { codes, notImported } = await importOne("systemd", "[Timer]\nOnCalendar=daily\n", { path: "a.timer" });
    expect([codes, notImported.length]).toEqual([["import-unit"], 1]);
    const alone = await importOne("systemd", "[Service]\nExecStart=/bin/a\n", { path: "a.service" });
    expect([alone.codes, alone.notImported.length]).toEqual([["import-unit"], 0]);
    expect(alone.text).toContain("# a.service:2  ExecStart=/bin/a");
    const other = { path: "b.service", text: "[Service]\nExecStart=/bin/b\n" };
    const pair = await importOne("systemd", units("OnCalendar=daily", "ExecStart=/bin/a"), { others: [other] });
    expect([pair.codes, pair.jobs.length]).toEqual([["warning import-unit"], 1]);
  });

  it("findings have the place of their own file", async () => {
    const service = { path: "u/a.service", text: "[Service]\nExecStart=/bin/a\nNicee=3\n" };
    const { findings } = await importOne("systemd", "[Timer]\nOnCalendar=daily\nRandomizedDelaySec=1h\n", {
      path: "u/a.timer",
      others: [service],
    });
    expect(findings.map(({ at, message, hint }) => [at, message.split(" ")[0], hint])).toEqual([
      ["u/a.timer:3:1", "import-jitter", undefined],
      ["u/a.service:3:1", "import-unknown", "did you mean Nice?"],
    ]);
  });
});

describe("when", () => {
  it("several lines are several schedules; another zone than the first says so", async () => {
    const { keys } = await imported("OnCalendar=daily Asia/Seoul\nOnCalendar=Mon 4:00 Europe/Berlin\nOnCalendar=5:00");
    expect(keys).toMatchObject({
      schedule: ["0 0 * * *", "CRON_TZ=Europe/Berlin 0 4 * * MON", "CRON_TZ=UTC 0 5 * * *"],
      timezone: "Asia/Seoul",
    });
  });

  test.each([
    ["OnCalendar=daily", { overlap: "queue", queue_limit: "1", catch_up: "none" }],
    ["OnCalendar=daily\nPersistent=yes", { overlap: "queue", queue_limit: "1", catch_up: "last" }],
    ["OnCalendar=daily\nDeferReactivation=true", { overlap: "forbid", catch_up: "none" }],
  ])("what comes due while the unit is active, and while the machine is off: %j", async (timer, policies) => {
    const { keys, codes } = await imported(timer);
    expect(keys).toMatchObject(policies);
    expect(codes).toEqual([]);
  });

  test.each([
    ["OnCalendar=daily\nRandomizedDelaySec=1h", "1h", "by a random time up to 1h; here jitter delays it"],
    [
      "OnCalendar=daily\nRandomizedDelaySec=90\nFixedRandomDelay=yes",
      "1m30s",
      "by the same time, which machine and timer decide, up to 90; here jitter",
    ],
    ["OnCalendar=hourly\nRandomizedDelaySec=1h", undefined, "here it starts on time"],
    ["OnCalendar=daily\nRandomizedDelaySec=0", undefined, undefined],
  ])("a delay is a jitter where due times are far enough apart: %j", async (timer, jitter, says) => {
    const { keys, findings } = await imported(timer);
    expect(keys.jitter).toBe(jitter);
    if (says === undefined) expect(findings).toEqual([]);
    else expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
  });

  test.each([
    ["OnUnitActiveSec=1h 30min\nOnBootSec=10min", ["@every 1h30m"], ["warning import-interval"]],
    ["OnUnitInactiveSec=90", ["@every 1m30s"], ["warning import-interval"]],
    ["OnCalendar=daily\nOnBootSec=5min", ["0 0 * * *"], ["warning import-lifecycle"]],
    ["OnCalendar=daily\nRandomizedDelaySec=1h\nFixedRandomDelay=true", ["0 0 * * *"], ["warning import-jitter"]],
    ["OnCalendar=daily\nAccuracySec=12h", ["0 0 * * *"], ["warning import-jitter"]],
    ["OnCalendar=daily\nAccuracySec=1us", ["0 0 * * *"], []],
    ["OnCalendar=daily\nWakeSystem=true", ["0 0 * * *"], ["warning import-lifecycle"]],
    ["OnCalendar=@1827270000", ["@at 2027-11-26T23:00:00Z"], []],
    ["OnCalendar=2027-01-01", ["0 0 0 1 1 * 2027"], []],
    ["OnCalendar=Mon 2026..2030/2,32-*-* 3:00:30", ["30 0 3 * * MON 2026-2030/2,2032"], []],
    ["OnCalendar=daily EST", ["0 0 * * *"], ["warning import-zone"]],
    ["OnBootSec=5min\nOnUnitActiveSec=1d\nOnCalendar=\nOnCalendar=daily", ["0 0 * * *"], []],
    ["OnCalendar=daily\nnonsense", ["0 0 * * *"], ["warning import-line"]],
  ])("%j", async (timer, schedule, codes) => {
    const result = await imported(timer);
    expect([result.schedules[0], result.codes]).toEqual([schedule, codes]);
  });

  test.each([
    ["OnBootSec=15min", "import-reboot"],
    ["OnActiveSec=5", "import-reboot"],
    ["OnClockChange=yes", "import-lifecycle"],
    ["Persistent=true", "import-line"],
    ["OnCalendar=*-*-32", "import-line"],
    ["OnCalendar=2100-01-01", "import-schedule"],
    ["OnCalendar=*:*:0.5", "import-seconds"],
    ["OnCalendar=*-02-30", "import-schedule"],
    ["OnCalendar=daily CEST", "import-zone"],
    ["OnUnitActiveSec=500ms", "import-interval"],
    ["OnCalendar=daily\nUnit=a.target", "import-lifecycle"],
    ["OnCalendar=daily\nUnit=b.service", "import-unit"],
  ])("is not imported: %j, as %s", async (timer, code) => {
    const { jobs, notImported, codes, text } = await imported(timer);
    expect([jobs.length, notImported.length, codes.at(0)]).toEqual([0, 1, code]);
    expect(text).toContain(`NOT IMPORTED: ${code}`);
  });

  it("nights on which clocks change are said where they matter", async () => {
    const codesIn = async (timezone: string, timer: string) =>
      (await importOne("systemd", units(timer, "ExecStart=/bin/a"), { timezone })).codes;
    expect(await codesIn("Europe/Berlin", "OnCalendar=2:30")).toEqual(["warning import-dst"]);
    expect(await codesIn("Europe/Berlin", "OnCalendar=*:0/30")).toEqual(["warning import-dst"]);
    expect(await codesIn("Europe/Berlin", "OnCalendar=6:00")).toEqual([]);
    expect(await codesIn("Asia/Seoul", "OnCalendar=2:30")).toEqual([]);
  });
});

describe("a command of the machine becomes one of an image", () => {
  test.each([
    [
      "quotes, escapes, specifiers",
      `ExecStart=/bin/a "b c" 'd' e\\x20f %n 100%%`,
      ["/bin/a", "b c", "d", "e f", "job.service", "100%"],
    ],
    ["a line that goes on", "ExecStart=/bin/a \\\n# a comment\n  --long \\\n  b", ["/bin/a", "--long", "b"]],
    [
      "variables of the unit",
      `Environment="A=1 2" B=3\nExecStart=/bin/a $A \${A} x\${B}y $$HOME`,
      ["/bin/a", "1", "2", "1 2", "x3y", "$HOME"],
    ],
    ["no variables with a colon", `Environment=A=1\nExecStart=:/bin/a \${A}`, ["/bin/a", `\${A}`]],
    ["a name of its own", "ExecStart=@/bin/a name b", ["/bin/a", "b"]],
  ])("%s", async (_what, service, command) => {
    const { keys } = await run(service);
    expect((keys.command as string[]).map((word) => word.replaceAll("$$", "$"))).toEqual(command);
  });

  it("it runs as root, unless the unit says otherwise, with what the unit sets", async () => {
    expect((await run("ExecStart=/bin/a")).keys).toEqual({
      image: "busybox",
      user: "root",
      entrypoint: [],
      command: ["/bin/a"],
    });
    const { keys, codes } = await run(
      "ExecStart=/bin/a\nUser=www-data\nGroup=adm\nWorkingDirectory=-/srv\nMemoryMax=1G\nCPUQuota=150%\nTasksMax=20\nLimitNOFILE=1024:4096\nOOMScoreAdjust=100",
    );
    expect(keys).toMatchObject({
      user: "www-data:adm",
      working_dir: "/srv",
      mem_limit: "1g",
      cpus: "1.5",
      pids_limit: "20",
      ulimits: { nofile: { soft: "1024", hard: "4096" } },
      oom_score_adj: "100",
    });
    expect(codes).toEqual([]);
    expect((await run("User=a\nExecStart=+/bin/a")).keys.user).toBe("root");
  });

  it("several commands, and variables of a file, need a shell of the image", async () => {
    const several = await run(
      "Type=oneshot\nExecStartPre=-/bin/a\nExecStart=/bin/b 'c d'\nExecStart=/bin/e\nExecStartPost=/bin/f",
    );
    expect(several.keys.command).toEqual(["/bin/sh", "-c", "{ /bin/a || true; } && /bin/b 'c d' && /bin/e && /bin/f"]);
    const file = await run(`EnvironmentFile=-/etc/x\nExecStart=/bin/a $B \${C}`);
    expect(file.keys).toMatchObject({
      env_file: [{ path: "/etc/x", required: "false" }],
      command: ["/bin/sh", "-c", `/bin/a $$B "$$\{C}"`],
    });
    expect(file.codes).toEqual(["warning import-env"]);
  });

  test.each([
    ["Type=oneshot\nTimeoutStartSec=10min", { timeout: "10m", stop_grace_period: "1m30s" }],
    ["Type=oneshot\nTimeoutSec=1h", { timeout: "1h", stop_grace_period: "1h" }],
    ["RuntimeMaxSec=2h\nTimeoutStopSec=5", { timeout: "2h", stop_grace_period: "5s" }],
    ["TimeoutStartSec=10min", {}],
    ["KillSignal=SIGINT", { stop_signal: "SIGINT" }],
    ["SuccessExitStatus=1 TEMPFAIL SIGTERM", { success_exit_codes: ["0", "1", "75", "143"] }],
    [
      "Restart=on-failure\nRestartSec=30",
      { retries: { limit: "100", delay: "30s", max_delay: "30s", on: ["failed", "timed-out"] } },
    ],
    ["Restart=on-failure\nRestartSec=1min\nStartLimitIntervalSec=1h\nStartLimitBurst=4", { retries: { limit: "3" } }],
  ])("%j", async (service, expected) => {
    const { keys } = await run(`ExecStart=/bin/a\n${service}`);
    const { image, user, entrypoint, command, ...others } = keys;
    expect(others).toMatchObject(expected);
    if (Object.keys(expected).length === 0) expect(others).toEqual({});
  });

  test.each([
    ["ExecStart=-/bin/a", "import-key"],
    ["ExecStart=/bin/a\nNice=19\nProtectSystem=full", "import-key"],
    ["ExecStart=/bin/a\nDynamicUser=yes", "import-user"],
    ["ExecStart=/bin/a\nStandardOutput=append:/var/log/a", "import-output"],
    ["ExecStart=/bin/a\nExecStop=/bin/b", "import-lifecycle"],
    ["ExecStart=/bin/a\nType=notify", "import-lifecycle"],
    [`ExecStart=/bin/a \${NOTHING}`, "import-env"],
    ["ExecStart=/bin/a\n[Unit]\nConditionPathExists=/x", "import-condition"],
    ["ExecStart=/bin/a\n[Unit]\nOnFailure=mail.service", "import-notify"],
    ["ExecStart=/bin/a\n[Unit]\nRequires=postgresql.service docker.service", "import-lifecycle"],
    ["ExecStart=/bin/a\n[Servce]\nX=1", "import-unknown"],
  ])("has a warning: %j, %s", async (service, code) => {
    const { jobs, codes } = await run(service);
    expect([jobs.length, codes]).toEqual([1, [`warning ${code}`]]);
  });

  test.each([
    ["ExecStart=/bin/a %H", "import-variables"],
    ["ExecStart=/bin/a\nRemainAfterExit=yes", "import-lifecycle"],
    ["ExecStart=/bin/a\nRestart=always", "import-lifecycle"],
    ["ExecStart=/bin/a 'b", "import-line"],
    ["Type=oneshot", "import-line"],
    ["Type=simple\nExecStart=/bin/a\nExecStart=/bin/b", "import-line"],
    ["ExecStart=/bin/a\nExecStartPost=/bin/b", "import-lifecycle"],
  ])("is not imported: %j, as %s", async (service, code) => {
    const { jobs, codes } = await run(service);
    expect([jobs.length, codes.at(-1)]).toEqual([0, code]);
  });

  it("without --image the image is TODO", async () => {
    const { text } = await importOne("systemd", units("OnCalendar=daily", "ExecStart=/bin/a"), {
      image: undefined as never,
    });
    expect(text).toContain("image: TODO");
  });
});

describe("docker run becomes the job's own container", () => {
  it("with all that its options say", async () => {
    const { keys, codes } = await run(
      [
        "Environment=TAG=4 TOKEN=t",
        "ExecStart=/usr/bin/docker run --rm --name shop --env LEVEL=9 -e TOKEN -v /srv:/data:ro -v cache:/cache -w /app -u 1000:1000 \\",
        "  --network back --memory=512m --cpus 1.5 --cap-drop ALL --read-only --tmpfs /run --ulimit nofile=10:20 --add-host db:10.0.0.7 \\",
        "  --mount type=bind,source=/a,target=/b,readonly --log-driver local --log-opt max-size=1m --stop-timeout 30 --entrypoint dump --pull=always -h box \\",
        `  registry.example/shop:\${TAG} --all $$HOME`,
      ].join("\n"),
    );
    expect(keys).toEqual({
      image: "registry.example/shop:4",
      hostname: "box",
      mem_limit: "512m",
      cpus: "1.5",
      pull_policy: "always",
      entrypoint: ["dump"],
      command: ["--all", "$$HOME"],
      user: "1000:1000",
      working_dir: "/app",
      environment: { LEVEL: "9", TOKEN: "t" },
      volumes: [
        { type: "bind", source: "/srv", target: "/data", read_only: "true", bind: { create_host_path: "true" } },
        "cache:/cache",
        { type: "bind", source: "/a", target: "/b", read_only: "true" },
      ],
      networks: ["back"],
      cap_drop: ["ALL"],
      tmpfs: ["/run"],
      read_only: "true",
      ulimits: { nofile: { soft: "10", hard: "20" } },
      extra_hosts: ["db=10.0.0.7"],
      logging: { driver: "local", options: { "max-size": "1m" } },
      stop_grace_period: "30s",
    });
    expect(codes).toEqual(["warning import-name"]);
  });

  it("preparations of the container are not needed, and its image is pulled", async () => {
    const { keys, codes } = await run(
      "ExecStartPre=-/usr/bin/docker rm -f shop\nExecStartPre=/usr/bin/docker pull shop\nExecStart=/bin/sh -c 'exec docker run --rm shop'",
    );
    expect(keys).toEqual({ image: "shop", pull_policy: "always" });
    expect(codes).toEqual(["warning import-lifecycle"]);
  });

  it("a variable of a file is one of shipbell's", async () => {
    const { keys, codes } = await run(`EnvironmentFile=/etc/shop\nExecStart=docker run --rm shop:\${TAG}`);
    expect(keys.image).toBe(`shop:\${TAG}`);
    expect(codes).toEqual(["warning import-variables"]);
  });

  test.each([
    ["docker run --rm -d shop", "allow", "import-lifecycle"],
    ["docker run shop", "queue", "import-key"],
    ["docker run --rm -it shop", "queue", "import-line"],
    ["docker run --rm -p 80:80 shop", "queue", "import-key"],
  ])("%s: overlap is %s, with a warning %s", async (command, overlap, code) => {
    const { keys, codes } = await importOne("systemd", units("OnCalendar=daily", `ExecStart=${command}`));
    expect([keys.overlap, codes]).toEqual([overlap, [`warning ${code}`]]);
  });

  test.each([
    "docker -H tcp://b run --rm shop",
    "docker run --rm --cgroupns host shop",
    "docker run --rm --restart always shop",
    "docker start -a shop",
    "docker compose up worker",
  ])("what no job can say stays a command: %s", async (command) => {
    const { keys, codes } = await run(`ExecStart=${command}`);
    expect(keys.command).toEqual(command.split(" "));
    expect(codes).toEqual(["warning import-local"]);
  });
});

describe("docker exec runs in the container that is there", () => {
  test.each([
    ["docker exec -u postgres db pg_dumpall", { container: "db", command: ["pg_dumpall"], user: "postgres" }],
    [
      "docker container exec -w /x -e A=1 db a b",
      { container: "db", command: ["a", "b"], working_dir: "/x", environment: { A: "1" } },
    ],
    [
      "docker compose -p shop exec -T web php cron.php",
      { service: "web", project: "shop", command: ["php", "cron.php"] },
    ],
    ["docker-compose -f /srv/Shop/compose.yml exec web a", { service: "web", project: "shop", command: ["a"] }],
    [`sh -c 'docker exec db a "b c"'`, { container: "db", command: ["a", "b c"] }],
  ])("%s", async (command, keys) => {
    const result = await run(`ExecStart=${command}`);
    expect(result.keys).toEqual({ launch: "exec", ...keys });
    expect(result.codes).toEqual([]);
  });

  it("a service of a Compose file that is run has its keys there: the image is TODO", async () => {
    const { keys, codes } = await run("ExecStart=docker compose -f /srv/compose.yml run --rm web report --all");
    expect(keys).toEqual({ image: "TODO", command: ["report", "--all"] });
    expect(codes).toEqual(["warning import-image"]);
  });

  it("a redirection is the machine's, and needs its shell", async () => {
    const { keys, codes } = await run(`ExecStart=/bin/sh -c 'docker exec db pg_dump > /backup/x'`);
    expect(keys.command).toEqual(["/bin/sh", "-c", "docker exec db pg_dump > /backup/x"]);
    expect(codes).toEqual([]);
  });
});
