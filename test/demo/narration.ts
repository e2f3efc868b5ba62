const isTerminal = process.stdout.isTTY === true;

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Says what is being done, and when it is done, what came of it and how long it took. */
export async function step<T extends { readonly summary: string }>(title: string, work: () => Promise<T>): Promise<T> {
  const beganAt = performance.now();
  say(`${bold(title.padEnd(10))} …`);
  const result = await work();
  say(`${bold(title.padEnd(10))} ${result.summary} (${((performance.now() - beganAt) / 1000).toFixed(1)} s)`);
  return result;
}

export function bold(text: string): string {
  return paint("1", text);
}

export function dim(text: string): string {
  return paint("2", text);
}

export function green(text: string): string {
  return paint("32", text);
}

export function red(text: string): string {
  return paint("31", text);
}

function paint(code: string, text: string): string {
  return isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text;
}
