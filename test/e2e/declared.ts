// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables are what is tested
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shipbell, type TestFolder } from "./scheduler-process.ts";

/** Started manually. */
const byHand = { schedule: "0 0 1 1 *", image: "busybox" };

/** What the job finds of all that its file declares. */
const script = [
  "cat /run/secrets/$1-file /run/secrets/$1-variable /$1-text",
  "stat -c '%a %u %n' /run/secrets/$1-variable /$1-text",
  "echo $LEVEL $NAME $REGION",
  "[ -e /kept/there ] && echo there before; touch /kept/there",
  "ls /sys/class/net | grep -c eth",
].join("; ");

/** A file that declares one of everything, all of it under names that begin so; `$$` in it is one for the shell. */
export function declaringFile(name: string, deploy: object = {}): string {
  const declared = {
    defaults: { ...byHand, environment: { REGION: "eu", LEVEL: "1" } },
    volumes: { [`${name}-volume`]: { labels: { team: "shop" } } },
    networks: { [`${name}-network`]: { labels: ["team=shop"], attachable: true } },
    secrets: { [`${name}-file`]: { file: "./password" }, [`${name}-variable`]: { environment: "SHOP_TOKEN" } },
    configs: { [`${name}-text`]: { content: "level ${SHOP_LEVEL}\n" } },
    jobs: {
      [name]: {
        command: ["sh", "-c", script.replaceAll("$", "$$$$"), "sh", name],
        deploy,
        env_file: "shop.env",
        environment: ["LEVEL=3"],
        volumes: [`${name}-volume:/kept`],
        networks: [`${name}-network`],
        secrets: [`${name}-file`, { source: `${name}-variable`, mode: "0400", uid: "1000" }],
        configs: [`${name}-text`],
      },
    },
  };
  return JSON.stringify(declared, null, 2);
}

/** Writes the files next to the schedule file: the secret's, and those of variables. */
export async function writeBesides({ schedules }: TestFolder): Promise<(password: string) => Promise<void>> {
  const folder = join(schedules, "..");
  const writePassword = (password: string) => writeFile(join(folder, "password"), `${password}\n`);
  await writePassword("first");
  await writeFile(join(folder, ".env"), "SHOP_TOKEN='a token\n'\nSHOP_LEVEL=9\n");
  await writeFile(join(folder, "shop.env"), '# of the shop\nLEVEL=2\nexport NAME="shop ${SHOP_LEVEL}"\n');
  return writePassword;
}

/** What those lines are in the first run, when the password is this one. */
export function expectedLines(name: string, password: string): string[] {
  return [
    ...[password, "a token", "level 9"],
    ...[`400 1000 /run/secrets/${name}-variable`, `444 0 /${name}-text`],
    "3 shop 9 eu",
  ];
}

/** Runs the job, and answers with its lines; the run must succeed. */
export async function linesOf(name: string, flags: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await shipbell(["run", name, "--wait", ...flags]);
  if (code !== 0) throw new Error(`${name}: ${code}: ${stderr}`);
  return stdout.trimEnd().split("\n");
}
