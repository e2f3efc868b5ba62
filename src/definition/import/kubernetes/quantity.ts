const SCALES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
  Pi: 1024 ** 5,
  Ei: 1024 ** 6,
};

/** Reads a quantity of Kubernetes: `100m`, `0.5`, `128Mi`, `1G`, `12e6`. Undefined where it is none. */
export function parseQuantity(written: string): number | undefined {
  const [, number, exponent, suffix = ""] =
    /^\+?(\d{1,30}\.?\d{0,30}|\.\d{1,30})(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(written) ?? [];
  const scale = SCALES[suffix];
  if (number === undefined || scale === undefined) return undefined;
  return exponent === undefined ? Number(number) * scale : Number(`${number}e${exponent}`);
}

/** Writes bytes as Compose has them, with the largest unit that leaves a whole number: `128m`. */
export function formatBytes(bytes: number): string {
  const whole = Math.ceil(bytes);
  const unit = (["t", "g", "m", "k"] as const).find((each) => whole > 0 && whole % BYTES_PER[each] === 0);
  return unit === undefined ? String(whole) : `${whole / BYTES_PER[unit]}${unit}`;
}

const BYTES_PER = { t: 1024 ** 4, g: 1024 ** 3, m: 1024 ** 2, k: 1024 };

/** Writes a number of CPUs without the noise of fractions. */
export function formatCpus(cpus: number): string {
  return String(Number(cpus.toFixed(9)));
}
