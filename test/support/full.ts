import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    /** True in `npm run test:full`, whose tests with the tag `full` are left out of `npm test`. */
    isFull: boolean;
  }
}

/** Returns how much of the same to try: `npm run test:full` tries more than `npm test`. */
export function amount<T>({ usual, full }: { readonly usual: T; readonly full: T }): T {
  return inject("isFull") ? full : usual;
}
