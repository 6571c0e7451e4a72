/** Etags travel in quotation marks. */
export function quoted(etag: string | undefined): string | undefined {
  return etag === undefined ? undefined : `"${etag}"`;
}

export function unquoted(etag: string | undefined): string {
  return (etag ?? "").replaceAll('"', "");
}

/** As the header has it: with the last byte, not the one behind it. */
export function rangeText([start, end]: readonly [number, number]): string {
  return `bytes=${start}-${end - 1}`;
}

/** Where a copy comes from, encoded. */
export function copySource(bucket: string, key: string, versionId?: string): string {
  const source = `${encodeKey(bucket)}/${encodeKey(key)}`;
  return versionId === undefined ? source : `${source}?versionId=${encodeURIComponent(versionId)}`;
}

/** A key as it stands in an address: all encoded but the slashes. */
export function encodeKey(key: string): string {
  return encodeText(key).replaceAll("%2F", "/");
}

/** As SigV4 has it: `encodeURIComponent` leaves five characters that must be encoded. */
export function encodeText(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A key out of a listing with `encoding-type=url`, where a space is a plus. */
export function decoded(key: string): string {
  return key.includes("%") || key.includes("+") ? decodeURIComponent(key.replaceAll("+", "%20")) : key;
}

/** In whole seconds: headers have no more, and listings of some stores have. */
export function toMillis(date: Date | string | undefined): number {
  if (date === undefined) return 0;
  const ms = typeof date === "string" ? Date.parse(date) : date.getTime();
  return Math.floor(ms / 1000) * 1000;
}
