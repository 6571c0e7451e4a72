import { BlockList, isIP } from "node:net";

// What is not the public Internet, by the registries of special addresses.
// https://www.iana.org/assignments/iana-ipv4-special-registry, https://www.iana.org/assignments/iana-ipv6-special-registry
const SPECIAL_4 = `0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
  192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4`;
// Of IPv6 only this is public, but for what is in it for tunnels, tests and documents.
const PUBLIC_6 = "2000::/3";
const SPECIAL_6 = "2001::/23 2001:db8::/32 2002::/16 3fff::/20";
const MAPPED_4 = "::ffff:0:0/96";

const special4 = listOf(SPECIAL_4);
const public6 = listOf(PUBLIC_6);
const special6 = listOf(SPECIAL_6);
const mapped4 = listOf(MAPPED_4);

/**
 * A list of addresses out of `10.1.2.3` and `10.0.0.0/8`.
 *
 * @throws TypeError for what is neither.
 */
export function listOf(ranges: string | readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of typeof ranges === "string" ? ranges.split(/\s+/) : ranges) {
    const [address = "", bits] = range.split("/");
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const prefix = bits === undefined ? most : Number(bits);
    if (family === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > most)
      throw new TypeError(`an address is "10.1.2.3" or "10.0.0.0/8", got "${range}"`);
    list.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

/** Whether a list has an address, an IPv4 one also where it is written as one of IPv6. */
export function has(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** Whether an address belongs to the public Internet. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 0 || address.includes("%")) return false;
  // The rules of IPv4 hold for what is mapped into IPv6 as well.
  if (family === 4 || has(mapped4, address)) return !has(special4, address);
  return has(public6, address) && !has(special6, address);
}
