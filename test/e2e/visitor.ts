import type { BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { LabBrowser } from "../lab/browser.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/** A person who is signed in. */
export interface Person {
  readonly username: string;
  readonly password: string;
}

interface Visit extends BrowserContextOptions {
  readonly person?: Person;
}

/**
 * Somebody who looks at the pages in a window of their own. Notes what must never happen: a request that leaves the pages'
 * origin, a violation of their content policy, an error of a script, a dialog of the browser.
 */
export class Visitor implements AsyncDisposable {
  readonly page: Page;
  /** Must stay empty. */
  readonly faults: string[] = [];
  readonly #context: BrowserContext;
  readonly #root: URL;
  #isCut = false;

  private constructor(context: BrowserContext, page: Page, root: URL) {
    this.#context = context;
    this.page = page;
    this.#root = root;
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin !== root.origin && url.protocol !== "data:") this.faults.push(`asked ${request.url()}`);
      else if (!url.pathname.startsWith(root.pathname)) this.faults.push(`left the prefix: ${url.pathname}`);
    });
    page.on("requestfailed", (request) => {
      this.#isCut ||= request.failure()?.errorText.includes(NETWORK_CHANGED) ?? false;
    });
    page.on("console", (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(`script: ${error.message}`));
    page.on("dialog", (dialog) => {
      this.faults.push(`a dialog says ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /** `root`: the address of the start page. */
  static async come(browser: LabBrowser, root: string, { person, ...options }: Visit = {}): Promise<Visitor> {
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      ...(person && { httpCredentials: { ...person, origin: new URL(root).origin } }),
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return new Visitor(context, await context.newPage(), new URL(root));
  }

  /** Opens a page by its address from the root; answers with the status. */
  async open(path = ""): Promise<number | undefined> {
    const address = new URL(path, this.#root).href;
    for (;;) {
      this.#isCut = false;
      try {
        const status = (await this.page.goto(address))?.status();
        // A page whose script did not come is whole, and not live.
        if (!this.#isCut) return status;
      } catch (error) {
        if (![NETWORK_CHANGED, ERROR_PAGE].some((text) => String(error).includes(text))) throw error;
      }
    }
  }

  /** Presses Tab until that has the focus, as somebody does who has no mouse. */
  async tabTo(target: Locator): Promise<void> {
    for (let presses = 0; presses < MOST_PRESSES; presses++) {
      if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`${target} cannot be reached by Tab`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#context.close();
  }
}

const MOST_PRESSES = 300;
/** The engines of other tests add interfaces to this machine, and Chromium then gives up what it was loading. */
const NETWORK_CHANGED = "net::ERR_NETWORK_CHANGED";
/** What it shows then may come while the address is opened again, and interrupts that. */
const ERROR_PAGE = "chrome-error://";
