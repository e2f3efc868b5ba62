// @module-tag full
import { itKeepsItsPromises } from "./plays.ts";

itKeepsItsPromises(6);
