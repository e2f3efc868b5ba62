/** `1 problem`, `2 problems`, `0 entries` (with `entries` given): a number with its noun. */
export function counted(number: number, noun: string, several = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : several}`;
}
