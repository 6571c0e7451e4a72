import { lookup as lookupName } from "node:dns/promises";
import { isIP } from "node:net";
import { has, isPublic, listOf } from "./addresses.ts";

/** Finds the addresses of a host. */
export type Lookup = (
  hostname: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** What code may fetch. */
export interface FetchRules {
  /**
   * Which hosts: `api.example.com`, `*.example.com` for all below it, `api.example.com:8443` for a port that is not the
   * usual one.
   */
  readonly hosts: readonly string[];
  /** `GET` and `HEAD` unless told. */
  readonly methods?: readonly string[] | undefined;
  /** `https:` unless told. */
  readonly protocols?: readonly ("https:" | "http:")[] | undefined;
  /**
   * Addresses that may be connected to though they are none of the public Internet: `10.1.2.3`, `10.0.0.0/8`. None unless
   * told.
   */
  readonly privateAddresses?: readonly string[] | undefined;
  /** How the addresses of hosts are found; by the system unless told. */
  readonly lookup?: Lookup | undefined;
}

/** A request that the rules do not allow. */
export class FetchRefused extends Error {
  override readonly name = "FetchRefused";
}

interface HostRule {
  readonly name: string;
  readonly withBelow: boolean;
  readonly port: string;
}

/** A URL that may be fetched, and the only addresses at which that may be done. */
export interface Target {
  readonly url: URL;
  readonly addresses: readonly { readonly address: string; readonly family: number }[];
}

/** Decides what may be fetched: by the name of the host, and by the addresses that it turns out to have. */
export class FetchPolicy {
  readonly #hosts: readonly HostRule[];
  readonly #methods: ReadonlySet<string>;
  readonly #protocols: ReadonlySet<string>;
  readonly #private: ReturnType<typeof listOf>;
  readonly #lookup: Lookup;

  /** @throws TypeError for rules that say nothing. */
  constructor(rules: FetchRules) {
    const { hosts, methods = ["GET", "HEAD"], protocols = ["https:"], privateAddresses = [] } = rules;
    if (hosts.length === 0) throw new TypeError('hosts must name at least one host: ["api.example.com"]');
    this.#hosts = hosts.map(hostRule);
    this.#methods = new Set(methods.map((method) => method.toUpperCase()));
    this.#protocols = new Set(protocols);
    this.#private = listOf(privateAddresses);
    this.#lookup = rules.lookup ?? ((hostname) => lookupName(hostname, { all: true }));
  }

  /** @throws FetchRefused for a method that may not be used. */
  checkMethod(method: string): void {
    if (this.#methods.has(method)) return;
    throw new FetchRefused(`${method} is not allowed: only ${[...this.#methods].join(", ")}`);
  }

  /** @throws FetchRefused for what may not be fetched; whatever finding the address fails with. */
  async target(text: string | URL): Promise<Target> {
    const url = urlOf(text);
    if (!this.#protocols.has(url.protocol))
      throw new FetchRefused(`${url.protocol} is not allowed: only ${[...this.#protocols].join(", ")}`);
    if (url.username !== "" || url.password !== "")
      throw new FetchRefused("a URL with a name and a password is not allowed: use headers");
    const name = nameOf(url.hostname);
    if (!this.#hosts.some((rule) => allows(rule, name, url.port)))
      throw new FetchRefused(`the host ${url.host} is not allowed`);
    const addresses = isIP(name) === 0 ? await this.#lookup(name) : [{ address: name, family: isIP(name) }];
    for (const { address } of addresses)
      // One bad address is enough: which of them is connected to would be chance.
      if (!isPublic(address) && !has(this.#private, address))
        throw new FetchRefused(`the host ${url.host} has an address that is not allowed`);
    if (addresses.length === 0) throw new FetchRefused(`the host ${url.host} has no address`);
    return { url, addresses };
  }
}

function urlOf(text: string | URL): URL {
  try {
    return new URL(text);
  } catch {
    throw new FetchRefused("that is no URL: it must begin with https://");
  }
}

/** The name of a host, or its address, without what is around it in a URL. */
function nameOf(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
}

function hostRule(text: string): HostRule {
  const withBelow = text.startsWith("*.");
  const plain = withBelow ? text.slice(2) : text;
  const url = URL.parse(`http://${plain}/`);
  if (url === null || url.host === "" || plain.includes("*") || plain.includes("/") || plain.includes("@"))
    throw new TypeError(`a host is "api.example.com", "*.example.com" or "example.com:8443", got "${text}"`);
  return { name: nameOf(url.hostname), withBelow, port: url.port };
}

function allows(rule: HostRule, name: string, port: string): boolean {
  if (rule.port !== port) return false;
  return rule.withBelow ? name.endsWith(`.${rule.name}`) : name === rule.name;
}
