import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { allowFetch, type AllowFetchOptions, type Fetched } from "../src/fetch/index.ts";
import { isPublic } from "../src/fetch/addresses.ts";
import { newSession, valueOf } from "./helpers.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Site {
  readonly port: number;
  /** What it was asked: method, host, path. */
  readonly asked: string[];
}

/** A server on this machine, on an address of its own. */
async function newSite(answer: Answer, address = "127.0.0.1"): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.host} ${request.url}`);
    answer(request, response);
  });
  server.listen(0, address);
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked };
}

const say =
  (text: string): Answer =>
  (_, response) =>
    void response.end(text);

const goTo =
  (location: string, status = 302): Answer =>
  (_, response) =>
    void response.writeHead(status, { location }).end();

type Run = (url: string, method?: string, headers?: unknown, body?: unknown) => Promise<Fetched>;

/** A fetch that may use this machine, by the names that it is told. */
function fetchOf({
  names = {},
  ...options
}: Partial<AllowFetchOptions> & { names?: Record<string, string> }): Run {
  const { run } = allowFetch({
    hosts: ["a.test"],
    protocols: ["http:"],
    privateAddresses: ["127.0.0.1"],
    lookup: (name) => Promise.resolve([{ address: names[name] ?? "127.0.0.1", family: 4 }]),
    ...options,
  });
  return run as unknown as Run;
}

const textOf = ({ body }: Fetched): string => new TextDecoder().decode(body);

describe("allowFetch", () => {
  it("fetches from the hosts that are named, and only there", async () => {
    const site = await newSite(say("hello"));
    const { port } = site;
    const fetch = fetchOf({ hosts: [`a.test:${port}`, `*.b.test:${port}`] });
    expect(textOf(await fetch(`http://a.test:${port}/x?y=1`))).toBe("hello");
    expect(textOf(await fetch(`http://A.test.:${port}/`))).toBe("hello");
    expect(textOf(await fetch(`http://deep.in.b.test:${port}/`))).toBe("hello");
    const before = site.asked.length;
    for (const url of [
      `http://c.test:${port}/`,
      `http://a.test.evil.test:${port}/`,
      `http://nota.test:${port}/`,
      `http://b.test:${port}/`,
      `http://a.test/`,
      `http://127.0.0.1:${port}/`,
      `http://a.test:${port}@c.test:${port}/`,
      `http://user:secret@a.test:${port}/`,
      `https://a.test:${port}/`,
      "file:///etc/passwd",
      "data:text/plain,x",
      "no url",
    ])
      await expect(fetch(url), url).rejects.toMatchObject({ name: "FetchRefused" });
    expect(site.asked.length).toBe(before);
  });

  it("refuses a host by the address that it has, and one bad address is enough", async () => {
    const site = await newSite(say("inside"));
    const { port } = site;
    const hosts = ["a.test", "127.0.0.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]", "localhost"].map(
      (host) => `${host}:${port}`,
    );
    const fetch = fetchOf({ hosts, privateAddresses: [], lookup: undefined });
    const mixed = fetchOf({
      hosts,
      privateAddresses: [],
      lookup: () =>
        Promise.resolve([
          { address: "93.184.215.14", family: 4 },
          { address: "127.0.0.1", family: 4 },
        ]),
    });
    const refused = { name: "FetchRefused", message: /address that is not allowed/ };
    for (const host of hosts.slice(1))
      await expect(fetch(`http://${host}/`), host).rejects.toMatchObject(refused);
    await expect(mixed(`http://a.test:${port}/`)).rejects.toMatchObject(refused);
    expect(site.asked).toEqual([]);
  });

  it("knows which addresses are public", () => {
    const inside =
      `0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1
      192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1
      ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe 64:ff9b::7f00:1 fe80::1 fc00::1 fd00:ec2::254 ff02::1
      2001::1 2001:db8::1 2002:7f00:1:: 3fff::1 4000::1 no-address fe80::1%lo 2606:4700::1%lo`.split(/\s+/);
    expect(inside.filter(isPublic)).toEqual([]);
    const outside =
      "1.1.1.1 8.8.8.8 172.32.0.1 192.169.0.1 ::ffff:8.8.8.8 2606:4700::1111 2a00:1450::1".split(" ");
    expect(outside.filter((address) => !isPublic(address))).toEqual([]);
  });

  it("connects to the address that it has checked, whatever the name means a moment later", async () => {
    const good = await newSite(say("checked"), "127.0.0.1");
    let lookups = 0;
    const fetch = fetchOf({
      hosts: [`a.test:${good.port}`],
      lookup: () => Promise.resolve([{ address: ++lookups === 1 ? "127.0.0.1" : "127.0.0.2", family: 4 }]),
    });
    expect(textOf(await fetch(`http://a.test:${good.port}/`))).toBe("checked");
    expect(lookups).toBe(1);
    await expect(fetch(`http://a.test:${good.port}/`)).rejects.toMatchObject({ name: "FetchRefused" });
  });

  it("checks again where it is redirected to", async () => {
    const inside = await newSite(say("inside"), "127.0.0.2");
    const end = await newSite(say("end"));
    const places: Record<string, string> = {
      "/name": `http://other.test:${end.port}/`,
      "/address": `http://inside.test:${inside.port}/`,
      "/literal": `http://127.0.0.2:${inside.port}/`,
      "/protocol": "file:///etc/passwd",
      "/fine": `http://b.test:${end.port}/fine`,
      "/again": "/again",
      "/relative": "/fine",
    };
    const start = await newSite((request, response) =>
      goTo(places[request.url ?? ""] ?? "")(request, response),
    );
    const fetch = fetchOf({
      hosts: [`a.test:${start.port}`, `b.test:${end.port}`, `inside.test:${inside.port}`],
      names: { "inside.test": "127.0.0.2" },
    });
    for (const path of ["/name", "/address", "/literal", "/protocol", "/again"])
      await expect(fetch(`http://a.test:${start.port}${path}`), path).rejects.toMatchObject({
        name: "FetchRefused",
      });
    expect(start.asked.filter((asked) => asked.endsWith("/again"))).toHaveLength(6);
    expect(await fetch(`http://a.test:${start.port}/relative`)).toMatchObject({
      status: 200,
      url: `http://b.test:${end.port}/fine`,
    });
    expect(inside.asked).toEqual([]);
    expect(end.asked).toEqual([`GET b.test:${end.port} /fine`]);
  });

  it("tells what is meant for one host to no other", async () => {
    const heard: unknown[] = [];
    const end = await newSite((request, response) => {
      const { authorization, cookie, "x-plain": plain, "content-type": type } = request.headers;
      heard.push([request.method, authorization, cookie, plain, type]);
      response.end();
    });
    const start = await newSite((_, response) => goTo(`http://b.test:${end.port}/`, 303)(_, response));
    const fetch = fetchOf({
      hosts: [`a.test:${start.port}`, `b.test:${end.port}`],
      methods: ["post", "get"],
    });
    const headers = {
      Authorization: "secret",
      cookie: "secret",
      "x-plain": "1",
      "content-type": "text/plain",
    };
    await fetch(`http://a.test:${start.port}/`, "POST", headers, "body");
    await fetch(`http://b.test:${end.port}/`, "POST", headers, new Uint8Array(3));
    expect(heard).toEqual([
      ["GET", undefined, undefined, "1", undefined],
      ["POST", "secret", "secret", "1", "text/plain"],
    ]);
    for (const name of ["Host", "transfer-encoding", "Proxy-Authorization", "connection"])
      await expect(fetch(`http://b.test:${end.port}/`, "GET", { [name]: "x" })).rejects.toMatchObject({
        name: "FetchRefused",
      });
    await expect(fetch(`http://b.test:${end.port}/`, "DELETE")).rejects.toMatchObject({
      name: "FetchRefused",
    });
    await expect(fetch(`http://b.test:${end.port}/`, "GET", { x: "a\r\nb: c" })).rejects.toThrow(/header/i);
  });

  it("takes no more than it may, in bytes and in time", async () => {
    const site = await newSite((request, response) => {
      if (request.url === "/slow") return void response.write("begun");
      if (request.url === "/never") return;
      const timer = setInterval(() => response.write(new Uint8Array(60_000)), 1);
      response.on("close", () => clearInterval(timer));
    });
    const fetch = fetchOf({
      hosts: [`a.test:${site.port}`],
      bodyBytes: 100_000,
      timeoutMs: 300,
      methods: ["POST"],
    });
    await expect(fetch(`http://a.test:${site.port}/endless`, "POST")).rejects.toThrow(
      "larger than the 100000 bytes",
    );
    for (const path of ["/slow", "/never"])
      await expect(fetch(`http://a.test:${site.port}${path}`, "POST"), path).rejects.toThrow(
        /abort|timeout/i,
      );
    await expect(fetch(`http://a.test:${site.port}/`, "POST", {}, new Uint8Array(100_001))).rejects.toThrow(
      RangeError,
    );
    const hanging = fetchOf({ lookup: () => new Promise(() => undefined), timeoutMs: 50 });
    await expect(hanging("http://a.test/")).rejects.toThrow(/timeout/);
  });

  it("refuses rules that make no sense", () => {
    for (const hosts of [[], ["*"], ["https://a.test"], ["a.test/path"], ["a*.test"], [""]])
      expect(() => allowFetch({ hosts }), hosts.join()).toThrow(TypeError);
    expect(() => allowFetch({ hosts: ["a.test"], privateAddresses: ["10.0.0.0/40"] })).toThrow(TypeError);
    expect(() => allowFetch({ hosts: ["a.test"], timeoutMs: -1 })).toThrow(RangeError);
  });

  it("is a function for the code", async () => {
    const site = await newSite((request, response) => {
      response.writeHead(201, { "x-told": "yes" }).end(`${request.method} ${request.url}`);
    });
    const callback = allowFetch({
      hosts: [`a.test:${site.port}`],
      protocols: ["http:"],
      privateAddresses: ["127.0.0.0/8"],
      lookup: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
    });
    const session = await newSession({ callbacks: { fetch: callback } });
    const code = `
import asyncio
one = fetch('http://a.test:${site.port}/one')
two, three = await asyncio.gather(fetch('http://a.test:${site.port}/two', method='HEAD'), fetch('http://a.test:${site.port}/three'))
try: fetch.sync('http://other.test/')
except HostFunctionError as error: refused = error.name
[one['status'], one['body'].decode(), one['headers']['x-told'], two['body'].decode(), three['url'], refused]`;
    const { error } = await session.execute(code);
    expect(error?.message).toMatch(/^fetch was not awaited: write "await fetch/);
    const right = code.replace("one = fetch(", "one = await fetch(");
    expect(await valueOf(session, right)).toEqual([
      201,
      "GET /one",
      "yes",
      "",
      `http://a.test:${site.port}/three`,
      "FetchRefused",
    ]);
  });
});
