import fc from "fast-check";

/**
 * The same generated cases whenever, so that a change is to blame for what is found. `npm run test:full` tries others;
 * what it finds, it prints with its seed.
 */
const SEED = 20261125;

if (process.env.SHIPBELL_TEST !== "full") fc.configureGlobal({ seed: SEED });
