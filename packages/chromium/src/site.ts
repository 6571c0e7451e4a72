import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  html: "text/html",
  css: "text/css",
  mjs: "text/javascript",
  json: "application/json",
  wasm: "application/wasm",
};

// With these a page is cross-origin isolated; below `/plain/` none of them is sent, below `/no-coep/` and `/no-coop/` not
// the one.
const ISOLATION: Readonly<Record<string, string>> = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

const PAGE = `<!doctype html><script type="module" src="/page.js"></script>`;

export interface Site extends AsyncDisposable {
  /** `http://localhost:1234`: a secure context. */
  readonly origin: string;
}

const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  plain: Object.keys(ISOLATION),
  "no-coep": ["cross-origin-embedder-policy"],
  "no-coop": ["cross-origin-opener-policy"],
};

export interface SiteOptions {
  /** Folders that are served below `/name/`, and may be kept by the browser. */
  readonly more?: Readonly<Record<string, string>>;
  /** Told of each request, by its path. */
  readonly onRequest?: (path: string) => void;
}

/**
 * Serves a folder on a free port of this machine alone; at its root the `index.html` that it has, or a page that loads
 * its `page.js`.
 */
export async function serveSite(folder: string, { more = {}, onRequest }: SiteOptions = {}): Promise<Site> {
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    onRequest?.(pathname);
    const leftOut = LEFT_OUT[pathname.split("/")[1] ?? ""];
    const path = leftOut === undefined ? pathname : pathname.slice(pathname.indexOf("/", 1));
    const [, top = "", ...rest] = path.split("/");
    const inside = top in more ? join(more[top] ?? "", ...rest) : join(folder, path);
    const type = TYPES[path === "/" ? "html" : (path.split(".").at(-1) ?? "")] ?? "application/octet-stream";
    const isolation = Object.entries(ISOLATION).filter(([name]) => !leftOut?.includes(name));
    const headers = {
      "content-type": type,
      "cache-control": top in more ? "max-age=3600" : "no-store",
      ...Object.fromEntries(isolation),
    };
    const body = path === "/" ? readFile(join(folder, "index.html")).catch(() => PAGE) : readFile(inside);
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
