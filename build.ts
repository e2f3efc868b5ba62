/**
 * Bundles the program for the image, into `dist` or the folder that is given: `shipbell.js`, and the parts that it loads
 * when they are needed.
 */
import { rm } from "node:fs/promises";
import { build, type Plugin } from "esbuild";

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
  entryPoints: { shipbell: "src/main.ts" },
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
