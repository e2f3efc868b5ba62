import { itKeepsItsPromises } from "./plays.ts";

itKeepsItsPromises(6);
