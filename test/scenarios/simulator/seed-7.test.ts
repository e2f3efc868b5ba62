import { itKeepsItsPromises } from "./plays.ts";

itKeepsItsPromises(7, { isPooled: true });
