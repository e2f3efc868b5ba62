import { itKeepsItsPromises } from "./plays.ts";

itKeepsItsPromises(9, { isNoded: true });
