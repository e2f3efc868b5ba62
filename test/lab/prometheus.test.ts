import { expect, test } from "vitest";
import { PATIENCE_MS } from "../support/patience.ts";
import { until } from "./machine/until.ts";
import { promtool, startPrometheus } from "./prometheus.ts";

const scrapingItself = (address: string) => `
global: { scrape_interval: 100ms }
scrape_configs: [{ job_name: itself, static_configs: [{ targets: ["${address}"] }] }]
`;

test("a Prometheus scrapes what its configuration names, and answers queries", async () => {
  await using scraped = await startPrometheus({ config: "" });
  await using prometheus = await startPrometheus({ config: scrapingItself(new URL(scraped.url).host) });
  const isScraped = async () => (await prometheus.query('up{job="itself"}'))[0]?.value === 1;
  await until(isScraped, AbortSignal.timeout(PATIENCE_MS), 100);
  await expect(prometheus.query("up +")).rejects.toThrow("parse error");
});

test("a configuration that Prometheus refuses is an error with its words", async () => {
  await expect(startPrometheus({ config: "scrape: []" })).rejects.toThrow("field scrape not found");
});

test("promtool says what it finds in metrics", async () => {
  await expect(
    promtool(["check", "metrics"], "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n"),
  ).resolves.toMatchObject({ code: 0 });
  const { code, output } = await promtool(["check", "metrics"], "# TYPE a counter\na 1\n");
  expect({ code, output }).toMatchObject({
    code: 3,
    output: expect.stringContaining('counter metrics should have "_total" suffix'),
  });
});
