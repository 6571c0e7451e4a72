import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  html: "text/html",
  wasm: "application/wasm",
};

// With these a page is cross-origin isolated; below `/plain/` they are left out.
const ISOLATION: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

export interface Site extends AsyncDisposable {
  /** `http://localhost:1234`: a secure context. */
  readonly origin: string;
}

/**
 * Serves a page that loads what was bundled into `folder`, on a free port of this machine alone.
 *
 * @param more Folders that are served below `/name/`.
 */
export async function serveSite(folder: string, more: Readonly<Record<string, string>> = {}): Promise<Site> {
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const plain = pathname.startsWith("/plain/");
    const path = plain ? pathname.slice("/plain".length) : pathname;
    const [, top = "", ...rest] = path.split("/");
    const inside = top in more ? join(more[top] ?? "", ...rest) : join(folder, path);
    const type = TYPES[path === "/" ? "html" : (path.split(".").at(-1) ?? "")] ?? "application/octet-stream";
    const headers = { "content-type": type, "cache-control": "no-store", ...(plain ? {} : ISOLATION) };
    const body =
      path === "/"
        ? Promise.resolve(`<!doctype html><script type="module" src="/page.js"></script>`)
        : readFile(inside);
    void body.then(
      (content) => response.writeHead(200, headers).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
