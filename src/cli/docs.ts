import { type Setting, variableOf } from "../settings/setting.ts";
import { settingTable } from "../settings/table.ts";
import type { Command } from "./command.ts";
import { exitCodes } from "./terminal/terminal.ts";

/** Writes a page of the documentation that is made from the program; for developers, so not in the help. */
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

/** `docs/settings.md`, from the table of settings. A test fails when the file is another. */
export function settingsDoc(): string {
  const rows = Object.values(settingTable).map((setting) => row(setting));
  return `${head}
| flag | variable | what | default |
|---|---|---|---|
${rows.join("\n")}
`;
}

function row(setting: Setting<unknown>): string {
  const list = setting.isList ? ". A list with commas; the flag may be repeated" : "";
  const cells = [
    `\`--${setting.flag} ${setting.placeholder}\``,
    `\`${variableOf(setting)}\``,
    `${setting.describe}${list}`,
    setting.default.text,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const head = `<!-- Made by "shipbell docs settings" from src/settings/table.ts; do not edit. -->
# Settings

A flag wins over a variable, and a variable over the default. A variable that is empty or blank counts as not given;
blanks around a value are left out, and quotes around it are a problem.

Each variable has a twin that ends in \`_FILE\` and names a file with the value, as Docker secrets are:
\`SHIPBELL_REGISTRY_CONFIG_FILE=/run/secrets/where\`. Giving both is an error.

A \`SHIPBELL_\` variable that is none of these is refused, since it is most likely a slip of the hand. Let be are those
that shipbell gives to jobs (\`SHIPBELL_JOB\`, \`SHIPBELL_RUN\`, \`SHIPBELL_SCHEDULED_AT\`, \`SHIPBELL_ATTEMPT\`,
\`SHIPBELL_TRIGGER\`, \`SHIPBELL_EXEC\`) and those that an orchestrator makes from a service's name (\`SHIPBELL_SERVICE_HOST\`, …).

The engine is reached as Docker's own tools do: \`DOCKER_TLS_VERIFY\` (anything but empty) turns on TLS for \`tcp://\`,
with the \`ca.pem\`, \`cert.pem\` and \`key.pem\` of \`DOCKER_CERT_PATH\` or \`~/.docker\`. Docker contexts are not read:
write \`DOCKER_HOST\` with the address that \`docker context inspect\` shows. A scheduler warns at its start of \`DOCKER_CONTEXT\` where no
host is given, and of \`DOCKER_API_VERSION\`, \`DOCKER_TLS\`, \`DOCKER_DEFAULT_PLATFORM\`, \`DOCKER_CONTENT_TRUST\` and
\`DOCKER_CUSTOM_HEADERS\`, which it does not read either. The version of Docker's API is agreed with the engine.
`;
