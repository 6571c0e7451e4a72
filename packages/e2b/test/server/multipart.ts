import { Refusal } from "./refusal.ts";

export interface Part {
  readonly name: string;
  readonly filename: string | undefined;
  readonly data: Buffer;
}

/** Takes a form apart that was sent as `multipart/form-data`. */
export function partsOf(contentType: string, body: Buffer): Part[] {
  const [, boundary] =
    /boundary=(?:"([^"]+)"|([^;]+))/.exec(contentType)?.filter((one) => one !== undefined) ?? [];
  if (boundary === undefined) throw new Refusal(400, "no boundary in the content type");
  const mark = Buffer.from(`\r\n--${boundary}`);
  const whole = Buffer.concat([Buffer.from("\r\n"), body]);
  const parts: Part[] = [];
  for (let at = whole.indexOf(mark); at >= 0;) {
    const begin = at + mark.length + 2;
    const next = whole.indexOf(mark, begin);
    if (next < 0) break;
    parts.push(partOf(whole.subarray(begin, next)));
    at = next;
  }
  return parts;
}

function partOf(bytes: Buffer): Part {
  const split = bytes.indexOf("\r\n\r\n");
  const head = bytes.subarray(0, split).toString();
  const field = (name: string): string | undefined => {
    const [, value] = new RegExp(`[; ]${name}="([^"]*)"`).exec(head) ?? [];
    // As browsers escape it, and so does undici.
    return value?.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
  };
  return { name: field("name") ?? "", filename: field("filename"), data: bytes.subarray(split + 4) };
}
