import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const LAYER_BYTES = 1_000_000;
const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";

/** A registry of one image whose only layer begins to come, and then nothing more does: the connection stays open. */
export async function startStallingRegistry() {
  const config = JSON.stringify({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } });
  const layer = digestOf("never comes whole");
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: {
      mediaType: "application/vnd.docker.container.image.v1+json",
      size: config.length,
      digest: digestOf(config),
    },
    layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", size: LAYER_BYTES, digest: layer }],
  });
  const server = createServer(({ url = "" }, response) => {
    if (url === "/v2/") response.end("{}");
    else if (url.includes("/manifests/")) send(response, manifest, MANIFEST);
    else if (url.endsWith(digestOf(config))) send(response, config, "application/octet-stream");
    else response.writeHead(200, { "content-length": LAYER_BYTES }).write("the first bytes");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    image: `127.0.0.1:${(server.address() as AddressInfo).port}/stalled:1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}

function send(response: ServerResponse, body: string, type: string): void {
  const headers = { "content-type": type, "content-length": body.length, "docker-content-digest": digestOf(body) };
  response.writeHead(200, headers).end(body);
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
