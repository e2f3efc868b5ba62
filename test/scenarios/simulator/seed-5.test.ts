import { itKeepsItsPromises } from "./plays.ts";

itKeepsItsPromises(5);
