import type { Clock } from "../clock.ts";
import { type FileLook, FollowedFile } from "../followed-file.ts";
import type { Problem } from "../job/problem.ts";
import type { Channels } from "./channel.ts";
import { readChannels, secretFilesOf } from "./read-channels.ts";

interface ChannelsFileParts {
  readonly path: string;
  /** Looks at a file. Never rejects. */
  readonly lookAt: (path: string) => Promise<FileLook>;
  readonly clock: Clock;
}

/** The file of `--channels`, with the files of its secrets. A version that is wrong changes nothing: what was good last stays. */
export class ChannelsFile {
  readonly #file: FollowedFile<Channels>;

  private constructor(file: FollowedFile<Channels>) {
    this.#file = file;
  }

  /** Reads it for the first time. @throws Error with everything that is wrong with it. */
  static async open(parts: ChannelsFileParts): Promise<ChannelsFile> {
    let secrets: readonly string[] = [];
    const { path, lookAt, clock } = parts;
    const look = async () => {
      const main = await lookAt(path);
      const others = await Promise.all(secrets.map(async (secret) => ({ path: secret, ...(await lookAt(secret)) })));
      const files = [{ path, ...main }, ...others];
      const read = async () => {
        const found = await main.read();
        if ("problem" in found) return { problems: [found.problem], mayPass: true as const };
        secrets = secretFilesOf(found.text);
        const read = await readChannels(found.text, { path, readSecret: async (file) => (await lookAt(file)).read() });
        return "channels" in read ? { value: read.channels } : read;
      };
      return { version: files.map(({ version }) => version).join("\n"), files, read };
    };
    return new ChannelsFile(await FollowedFile.open({ look, clock }));
  }

  /** As they were good last. */
  get channels(): Channels {
    return this.#file.value;
  }

  /** Reads it again whenever it or a secret has changed, until `signal` is aborted. `onRead` gets what is wrong, or nothing. */
  follow(onRead: (problems: readonly Problem[]) => void, signal: AbortSignal): Promise<void> {
    return this.#file.follow(onRead, signal);
  }
}
