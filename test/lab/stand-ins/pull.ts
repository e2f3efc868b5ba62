import { request } from "node:http";

const longestSilenceMs = 5_000;
const longestPullMs = 300_000;

/**
 * Asks an engine to pull an image. False when no registry answers within five seconds, or the pull fails or takes more
 * than five minutes. That the answer is true says only that the engine had no complaint: look whether the image is there.
 */
export function pullImage(socketPath: string, image: string, silenceMs = longestSilenceMs): Promise<boolean> {
  const [name = "", tag = "latest"] = image.split(":");
  const path = `/images/create?fromImage=${encodeURIComponent(name)}&tag=${encodeURIComponent(tag)}`;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  const signal = AbortSignal.any([silence.signal, AbortSignal.timeout(longestPullMs)]);
  return new Promise<boolean>((resolve) => {
    const asked = request(
      { socketPath, method: "POST", path, headers: { host: "docker" }, agent: false, signal },
      (answer) => {
        answer.once("data", () => clearTimeout(timer)); // the first line comes with the registry's answer
        answer.once("end", () => resolve(answer.statusCode === 200));
        answer.once("error", () => resolve(false));
      },
    );
    asked.once("error", () => resolve(false));
    asked.end();
  }).finally(() => clearTimeout(timer));
}
