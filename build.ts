/**
 * Bundles the program for the image, into `dist` or the folder that is given: `shipbell.js`, and the parts that it loads
 * when they are needed.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Loader, type Plugin, transform } from "esbuild";
import { ASSETS_OF_PACKAGES } from "./src/http/static.ts";

/** Parts of dockerode that shipbell never comes to: building images (tar, BuildKit sessions) and Docker over ssh. */
const UNUSED = ["ssh2", "tar-fs", "protobufjs", "@balena/dockerignore", "@grpc/grpc-js", "@grpc/proto-loader"];

const leaveOutUnused: Plugin = {
  name: "leave-out-unused",
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${UNUSED.join("|")})$`);
    onResolve({ filter }, ({ path }) => ({ path, namespace: "unused" }));
    onLoad({ filter: /.*/, namespace: "unused" }, ({ path }) => ({
      contents: `const unused = () => { throw new Error("${path} is not in this bundle"); };
        module.exports = new Proxy({}, { get: () => unused });`,
    }));
  },
};

const outdir = process.argv[2] ?? "dist";
await rm(outdir, { recursive: true, force: true });
await build({
  entryPoints: {
    shipbell: "src/main.ts",
    "check-worker": "src/app/check-worker.ts",
    "read-worker": "src/app/read-worker.ts",
  },
  outdir,
  bundle: true,
  splitting: true,
  minify: true,
  keepNames: true,
  platform: "node",
  target: "node24",
  format: "esm",
  legalComments: "none",
  plugins: [leaveOutUnused],
  // CommonJS dependencies ask for Node's own modules by require.
  banner: { js: 'import{createRequire as __r}from"node:module";const require=__r(import.meta.url);' },
});

/** The files that browsers get, smaller, where `src/http/static.ts` looks for them. */
const assets = "src/http/web/assets";
const own = (await readdir(assets)).map((name) => [name, join(assets, name)] as const);
const others = Object.entries(ASSETS_OF_PACKAGES).map(
  ([name, path]) => [name, fileURLToPath(import.meta.resolve(path))] as const,
);
const minified: Readonly<Record<string, Loader>> = { ".js": "js", ".css": "css" };
await mkdir(join(outdir, "web/assets"), { recursive: true });
for (const [name, path] of [...own, ...others]) {
  const text = await readFile(path, "utf8");
  const loader = minified[extname(name)];
  const small = loader === undefined ? text : (await transform(text, { loader, minify: true, target: "es2022" })).code;
  await writeFile(join(outdir, "web/assets", name), small);
}

/** The API's document, where `src/http/api/document.ts` looks for it. */
await writeFile(
  join(outdir, "openapi.json"),
  JSON.stringify(JSON.parse(await readFile("schema/openapi.json", "utf8"))),
);
