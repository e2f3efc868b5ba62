/** Keeps the values used last, at most `limit` of them; what fell out is made again when it is next asked for. */
export class BoundedCache<Value> {
  readonly #limit: number;
  readonly #make: (key: string) => Value;
  readonly #values = new Map<string, Value>();
  /** Used last. Where the same one is used again and again, nothing is to be put in order. */
  #last: { readonly key: string; readonly value: Value } | undefined;

  constructor(limit: number, make: (key: string) => Value) {
    this.#limit = limit;
    this.#make = make;
  }

  get(key: string): Value {
    if (this.#last?.key === key) return this.#last.value;
    const value = this.#use(key);
    this.#last = { key, value };
    return value;
  }

  #use(key: string): Value {
    const known = this.#values.get(key);
    if (known === undefined) return this.#add(key);
    // A Map iterates in the order of insertion: putting a used value last keeps the least used one first.
    this.#values.delete(key);
    this.#values.set(key, known);
    return known;
  }

  #add(key: string): Value {
    const value = this.#make(key);
    if (this.#values.size >= this.#limit) {
      for (const oldest of this.#values.keys()) {
        this.#values.delete(oldest);
        break;
      }
    }
    this.#values.set(key, value);
    return value;
  }
}
