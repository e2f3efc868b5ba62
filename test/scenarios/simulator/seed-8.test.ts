import { itKeepsItsPromises } from "./plays.ts";

itKeepsItsPromises(8, { isSpread: true });
