import type { IncomingHttpHeaders } from "node:http";
import type { Clock } from "../../clock.ts";
import { Fault } from "../fault.ts";
import { type Caller, ROLES, type Role } from "../route.ts";
import type { AuthRules } from "./auth-file.ts";
import { type FailedSignIn, FailedSignIns } from "./failed-sign-ins.ts";
import { mayBeOurName } from "./host-check.ts";
import { PasswordChecks } from "./password-checks.ts";
import { hashOfNoPassword, type PasswordHash } from "./passwords.ts";
import { plainAddress } from "./peer.ts";
import { hasProxyHeaders, userOfProxy } from "./proxy-headers.ts";
import { findToken } from "./tokens.ts";

interface GateParts {
  readonly clock: Clock;
  /** As the file says now; without a file, undefined. */
  readonly rules: () => AuthRules | undefined;
  /** `cron.example:8443` of `--public-url`. */
  readonly publicHost?: string | undefined;
  readonly onFailedSignIn: (failed: FailedSignIn) => void;
  /** Called once, with the first client that sends the proxy's headers and is not the proxy. */
  readonly onStrangeProxy: (peer: string) => void;
}

/** Without a file, everyone may see what `/metrics` tells anyway. */
const WITHOUT_FILE: Pick<AuthRules, "anonymous" | "metrics"> = { anonymous: "status", metrics: "open" };

interface Asking {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Finds out who sends a request, and so what it may do. */
export class Gate {
  readonly #parts: GateParts;
  readonly #checks: PasswordChecks;
  readonly #failures: FailedSignIns;
  #noPassword: PasswordHash | undefined;
  #hasMetStranger = false;

  constructor(parts: GateParts) {
    this.#parts = parts;
    this.#checks = new PasswordChecks(parts.clock);
    this.#failures = new FailedSignIns(parts.clock, parts.onFailedSignIn);
  }

  /** Another value once the file has changed. */
  rules(): AuthRules | undefined {
    return this.#parts.rules();
  }

  /** The least role that may read `/metrics`. */
  metricsRole(): Role {
    return this.#parts.rules()?.metrics === "read" ? "read" : "none";
  }

  /** Whether people can sign in with a password. */
  get hasUsers(): boolean {
    return (this.#parts.rules()?.users.size ?? 0) > 0;
  }

  /**
   * A wrong password or token is refused wherever it is sent, so that its sender learns of it.
   *
   * @throws Fault `not-signed-in`, `too-many-tries`, or `wrong-host` for an anonymous caller under a name that may be another's.
   */
  async callerOf({ headers, socket }: Asking): Promise<Caller> {
    const rules = this.#parts.rules();
    const peer = plainAddress(socket.remoteAddress ?? "");
    const known = rules && (this.#ofProxy(headers, peer, rules) ?? (await this.#ofCredentials(headers, peer, rules)));
    const { anonymous } = rules ?? WITHOUT_FILE;
    if (known === undefined) return this.#anonymous(headers, anonymous);
    // A caller that says who it is has no less than an anonymous one; but a token for some jobs is for those.
    return known.jobs === undefined ? { ...known, role: higher(known.role, anonymous) } : known;
  }

  #anonymous({ host }: IncomingHttpHeaders, role: Role): Caller {
    const isOpen = role === "read" || role === "operate";
    if (isOpen && !mayBeOurName(host, this.#parts.publicHost)) {
      const message = "This scheduler is not known under this name. Its --public-url says under which it is.";
      throw new Fault("wrong-host", message);
    }
    return { role };
  }

  #ofProxy(headers: IncomingHttpHeaders, peer: string, { proxy }: AuthRules): Caller | undefined {
    if (proxy === undefined) return undefined;
    if (proxy.isProxy(peer)) return userOfProxy(headers, proxy);
    if (hasProxyHeaders(headers, proxy) && !this.#hasMetStranger) {
      this.#hasMetStranger = true;
      this.#parts.onStrangeProxy(peer);
    }
    return undefined;
  }

  async #ofCredentials(headers: IncomingHttpHeaders, peer: string, rules: AuthRules): Promise<Caller | undefined> {
    const [, scheme = "", sent = ""] = /^(\S+) +(\S+) *$/.exec(headers.authorization ?? "") ?? [];
    switch (scheme.toLowerCase()) {
      case "bearer":
        return rules.tokens.length > 0 ? this.#ofToken(sent, peer, rules) : undefined;
      case "basic":
        return rules.users.size > 0 ? this.#ofPassword(sent, peer, rules) : undefined;
      default:
        // Something before us may want it; to us it says nothing.
        return undefined;
    }
  }

  #ofToken(sent: string, peer: string, { tokens }: AuthRules): Caller {
    const token = findToken(tokens, sent);
    if (token === undefined) throw this.#refusal(peer, "This token is not known.");
    const { name, role, jobs } = token;
    return { name, role, ...(jobs && { jobs }) };
  }

  async #ofPassword(sent: string, peer: string, { users }: AuthRules): Promise<Caller> {
    const [, name = "", password = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(sent, "base64").toString("utf8")) ?? [];
    const user = users.get(name);
    this.#noPassword ??= hashOfNoPassword();
    const isRight = await this.#checks.isRight(password, user?.password ?? this.#noPassword, peer);
    if (user === undefined) throw this.#refusal(peer, WRONG_PASSWORD);
    if (!isRight) throw this.#refusal(peer, WRONG_PASSWORD, name);
    return { name, role: user.role };
  }

  #refusal(peer: string, message: string, name?: string): Fault {
    this.#failures.note({ peer, ...(name !== undefined && { name }) });
    return new Fault("not-signed-in", message);
  }
}

const WRONG_PASSWORD = "Name or password is wrong.";

function higher(a: Role, b: Role): Role {
  return ROLES.indexOf(a) >= ROLES.indexOf(b) ? a : b;
}
