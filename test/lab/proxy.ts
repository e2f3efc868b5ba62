import { join } from "node:path";
import { folderOf, type LabRecord, shortId, writeRecord } from "./lab-folder.ts";
import { withLock } from "./machine/lock.ts";
import { thisProcess } from "./machine/owner.ts";
import type { ProxiedRequest } from "./proxy/exchange.ts";
import { forward, type Way } from "./proxy/forward.ts";
import type { ActiveRule, RequestPattern } from "./proxy/rule.ts";
import { type RuleBuilder, ruleBuilder } from "./proxy/rules.ts";
import { proxyServer } from "./proxy/server.ts";
import { takeDown } from "./take-down.ts";

/** A socket before an engine's socket, on which requests and answers can be held, delayed, cut, doubled or replaced. */
export type EngineProxy = AsyncDisposable & {
  dockerHost: string;
  socketPath: string;
  /** All that was asked, oldest first; lines fill while requests go on. */
  requests: readonly ProxiedRequest[];
  /** Chooses requests to do something to. Rules are tried in the order in which they were made. */
  when(pattern: RequestPattern): RuleBuilder;
  /** Forgets all rules. What is held stays held. */
  removeRules(): void;
  /** An engine that goes away: all connections break, to the engine too, the socket is gone, new ones are refused. */
  down(): Promise<void>;
  /** It is back under the same path. */
  up(): Promise<void>;
  /** The end: like `down`, and its folder goes. */
  close(): Promise<void>;
};

/** Starts a proxy before an engine's socket. All it changes is what rules say; bodies and upgraded connections stream. */
export async function startEngineProxy(engineSocketPath: string): Promise<EngineProxy> {
  const record: LabRecord = { id: shortId(), name: `proxy-${shortId()}`, kind: "proxy", owner: thisProcess() };
  await withLock("up", () => writeRecord(record));
  const socketPath = join(folderOf(record.name), "docker.sock");
  const requests: ProxiedRequest[] = [];
  const rules: ActiveRule[] = [];
  const server = proxyServer(socketPath, (exchange, signal) => {
    const way: Way = { socketPath: engineSocketPath, signal, log: (line) => requests.push(line) };
    requests.push(exchange.line);
    const rule = rules.find((one) => one.takes(exchange.line.method, exchange.line.path));
    void forward(exchange, rule, way);
  });
  await server.up();
  const close = () => server.down().then(() => withLock("up", () => takeDown(record)));
  const when = (pattern: RequestPattern) => ruleBuilder(pattern, (rule) => rules.push(rule));
  const removeRules = () => void rules.splice(0);
  return {
    dockerHost: `unix://${socketPath}`,
    socketPath,
    requests,
    when,
    removeRules,
    ...server,
    close,
    [Symbol.asyncDispose]: close,
  };
}
