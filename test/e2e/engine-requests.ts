import type { RequestPattern } from "../lab/proxy/rule.ts";

/** The requests of a service's life, and of the records. */
export const serviceRequests = {
  create: { method: "POST", path: /^\/services\/create/ },
  activate: { method: "POST", path: /^\/services\/[^/]+\/update/ },
  tasks: { method: "GET", path: /^\/tasks\?/ },
  remove: { method: "DELETE", path: /^\/services\// },
  swap: { method: "POST", path: /^\/configs\/[^/]+\/update/ },
} satisfies Record<string, RequestPattern>;

/** The requests of a container's life, as the proxy sees them. */
export const requests = {
  create: { method: "POST", path: /^\/containers\/create\?/ },
  start: { method: "POST", path: /^\/containers\/[^/]+\/start/ },
  inspect: { method: "GET", path: /^\/containers\/[^/]+\/json/ },
  /** The look behind the end of a followed log, for a last line without line end. */
  lastLines: { method: "GET", path: /^\/containers\/[^/]+\/logs\?(?!.*follow=)/ },
  remove: { method: "DELETE", path: /^\/containers\// },
} satisfies Record<string, RequestPattern>;
