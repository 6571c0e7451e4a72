import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Buffer } from "node:buffer";
import git from "isomorphic-git";
import type { NodeFs } from "../src/index.ts";

/** A server of one repository, over git's smart protocol. */
export interface GitServer extends AsyncDisposable {
  readonly url: string;
  /** What was asked of it. */
  readonly requests: readonly string[];
}

const FLUSH = "0000";
const CAPABILITIES = "side-band-64k no-progress symref=HEAD:refs/heads/main agent=vfs-test";
// A line of the protocol has 65,520 bytes at most, with its length and the number of the band.
const BAND_BYTES = 65_515;
const PACK_BAND = Buffer.from([1]);

/** One line of the protocol: its length in hex, and what it says. */
function line(text: string | Buffer): Buffer {
  const data = Buffer.from(text);
  return Buffer.concat([Buffer.from((data.length + 4).toString(16).padStart(4, "0")), data]);
}

/** Serves the repository at `dir` on a port of its own. */
export async function serveGit(fs: NodeFs, dir: string): Promise<GitServer> {
  const requests: string[] = [];

  async function advertise(): Promise<Buffer> {
    const head = await git.resolveRef({ fs, dir, ref: "HEAD" });
    const branches = await git.listBranches({ fs, dir });
    const oids = await Promise.all(branches.map((ref) => git.resolveRef({ fs, dir, ref })));
    return Buffer.concat([
      line("# service=git-upload-pack\n"),
      Buffer.from(FLUSH),
      line(`${head} HEAD\0${CAPABILITIES}\n`),
      ...branches.map((branch, index) => line(`${oids[index]} refs/heads/${branch}\n`)),
      Buffer.from(FLUSH),
    ]);
  }

  /** Everything there is, for whoever asks for something. */
  async function upload(body: string): Promise<Buffer> {
    if (!/want [0-9a-f]{40}/.test(body) || !body.includes("done")) throw new Error(`not understood: ${body}`);
    const { packfile } = await git.packObjects({ fs, dir, oids: allObjects(), write: false });
    const pack = Buffer.from(packfile as Uint8Array);
    const bands: Buffer[] = [];
    for (let at = 0; at < pack.length; at += BAND_BYTES)
      bands.push(line(Buffer.concat([PACK_BAND, pack.subarray(at, at + BAND_BYTES)])));
    return Buffer.concat([line("NAK\n"), ...bands, Buffer.from(FLUSH)]);
  }

  function allObjects(): string[] {
    return fs
      .readdirSync(`${dir}/.git/objects`)
      .filter((name) => name.length === 2)
      .flatMap((start) => fs.readdirSync(`${dir}/.git/objects/${start}`).map((rest) => start + rest));
  }

  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const isAdvert = request.method === "GET" && request.url === "/repo/info/refs?service=git-upload-pack";
    const kind = isAdvert ? "advertisement" : "result";
    (isAdvert ? advertise() : textOf(request).then(upload)).then(
      (body) =>
        response.writeHead(200, { "content-type": `application/x-git-upload-pack-${kind}` }).end(body),
      (error: unknown) => response.writeHead(500).end((error as Error).stack),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/repo`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("latin1");
}
