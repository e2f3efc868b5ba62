import { fileFlagOf, type Setting, settingTable, TRACE_VARIABLES, variableOf } from "../../settings/settings.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../terminal/terminal.ts";

/** Prints a page of the documentation that is generated from the program; for developers, so not in the help. */
export const docsCommand: Command = {
  usage: "docs <page>",
  describe: false,
  positionals: { page: { describe: "settings", type: "string" } },
  async run({ page }, terminal) {
    if (page !== "settings") {
      terminal.err(`shipbell: no page "${page}" is made from the program; there is: settings`);
      return exitCodes.usage;
    }
    terminal.out(settingsDoc().trimEnd());
    return exitCodes.ok;
  },
};

/** `docs/settings.md`, from the table of settings. A test compares the two. */
export function settingsDoc(): string {
  const rows = Object.values(settingTable).map((setting) => row(setting));
  return `${head}
| flag | variable | what | default |
|---|---|---|---|
${rows.join("\n")}

## Traces

[Traces](traces.md) are set up by these of the variables that OpenTelemetry has set down for all programs. Each of
\`OTEL_EXPORTER_OTLP_…\` has a form for traces alone, \`OTEL_EXPORTER_OTLP_TRACES_…\`, which comes first. What cannot be used
is a warning, and stops nothing.

| variable | what | default |
|---|---|---|
${TRACE_VARIABLES.map(({ name, describe, default: otherwise }) => `| \`${name}\` | ${describe} | ${otherwise} |`).join("\n")}
`;
}

function row(setting: Setting<unknown>): string {
  const list = setting.isList ? ". A list with commas; the flag may be repeated" : "";
  const cells = [
    [
      `--${setting.flag} ${setting.placeholder}`,
      ...(setting.secret === undefined ? [] : [`--${fileFlagOf(setting)} PATH`]),
    ]
      .map((flag) => `\`${flag}\``)
      .join(", "),
    `\`${variableOf(setting)}\``,
    `${setting.describe}${list}`,
    setting.default.text,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const head = `<!-- Made by "shipbell docs settings" from src/settings/table.ts; do not edit. -->
# Settings

A flag takes precedence over a variable, and a variable over the default. An empty or blank variable counts as not set.
Blanks around a value are ignored, and quotes around it are a problem.

Each variable has a twin that ends in \`_FILE\` and names a file with the value, for example a Docker secret:
\`SHIPBELL_REGISTRY_CONFIG_FILE=/run/secrets/where\`. Setting both is an error. A value that is a secret has such a flag, too,
which ends in \`-file\`: everyone on a machine sees its command lines. Secrets are shown nowhere.

An unknown \`SHIPBELL_\` variable is refused, because it is probably a typo. Exceptions are those
that shipbell gives to jobs (\`SHIPBELL_JOB\`, \`SHIPBELL_RUN\`, \`SHIPBELL_SCHEDULED_AT\`, \`SHIPBELL_ATTEMPT\`,
\`SHIPBELL_TRIGGER\`, \`SHIPBELL_AFTER_RUN\`, \`SHIPBELL_EXEC\`) and those that an orchestrator derives from a service's name
(\`SHIPBELL_SERVICE_HOST\`, …).

The engine is reached as with Docker's own tools: \`DOCKER_TLS_VERIFY\` (anything but empty) turns on TLS for \`tcp://\`,
with the \`ca.pem\`, \`cert.pem\` and \`key.pem\` of \`DOCKER_CERT_PATH\` or \`~/.docker\`. Docker contexts are not read:
set \`DOCKER_HOST\` to the address that \`docker context inspect\` shows. At its start a scheduler warns of \`DOCKER_CONTEXT\` if no
host is given, and of \`DOCKER_API_VERSION\`, \`DOCKER_TLS\`, \`DOCKER_DEFAULT_PLATFORM\`, \`DOCKER_CONTENT_TRUST\` and
\`DOCKER_CUSTOM_HEADERS\`, which it does not read either. The version of Docker's API is negotiated with the engine.
`;
