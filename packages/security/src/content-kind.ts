/** What the first bytes of a file say that it is. */
export type ContentKind =
  | "elf"
  | "pe"
  | "mach-o"
  | "wasm"
  | "java-class"
  | "script"
  | "zip"
  | "gzip"
  | "bzip2"
  | "xz"
  | "zstd"
  | "7z"
  | "rar"
  | "tar"
  | "pdf"
  | "png"
  | "jpeg"
  | "gif"
  | "webp"
  | "sqlite"
  | "text"
  | "binary";

/** Several kinds under one name. */
export type ContentGroup = "executable" | "archive" | "image";

/** How many bytes of a file are looked at. */
export const SNIFF_BYTES = 512;

const GROUPS: Readonly<Record<ContentGroup, readonly ContentKind[]>> = {
  executable: ["elf", "pe", "mach-o", "wasm", "java-class", "script"],
  archive: ["zip", "gzip", "bzip2", "xz", "zstd", "7z", "rar", "tar"],
  image: ["png", "jpeg", "gif", "webp"],
};

// Where the bytes stand, and which they are, as Latin-1.
const MAGIC: readonly (readonly [ContentKind, number, string])[] = [
  ["elf", 0, "\x7fELF"],
  ["pe", 0, "MZ"],
  ["mach-o", 0, "\xfe\xed\xfa\xce"],
  ["mach-o", 0, "\xfe\xed\xfa\xcf"],
  ["mach-o", 0, "\xce\xfa\xed\xfe"],
  ["mach-o", 0, "\xcf\xfa\xed\xfe"],
  // A universal binary begins like a Java class, but has fewer parts than that has versions.
  ["mach-o", 0, "\xca\xfe\xba\xbe\0\0\0"],
  ["java-class", 0, "\xca\xfe\xba\xbe"],
  ["wasm", 0, "\0asm"],
  ["script", 0, "#!"],
  ["script", 0, "\xef\xbb\xbf#!"],
  ["zip", 0, "PK\x03\x04"],
  ["zip", 0, "PK\x05\x06"],
  ["gzip", 0, "\x1f\x8b"],
  ["bzip2", 0, "BZh"],
  ["xz", 0, "\xfd7zXZ\0"],
  ["zstd", 0, "\x28\xb5\x2f\xfd"],
  ["7z", 0, "7z\xbc\xaf\x27\x1c"],
  ["rar", 0, "Rar!\x1a\x07"],
  ["tar", 257, "ustar"],
  ["pdf", 0, "%PDF-"],
  ["png", 0, "\x89PNG\r\n\x1a\n"],
  ["jpeg", 0, "\xff\xd8\xff"],
  ["gif", 0, "GIF8"],
  ["webp", 8, "WEBP"],
  ["sqlite", 0, "SQLite format 3\0"],
];

const KINDS: ReadonlySet<string> = new Set([...MAGIC.map(([kind]) => kind), "text", "binary"]);

// As the first of them that a Java compiler wrote (JDK 1.1).
const OLDEST_CLASS = 45;

/**
 * What the first bytes of a file say that it is: `text` when they have no control characters but white space and
 * escape, else `binary`, where nothing better is known.
 *
 * @param head The first {@link SNIFF_BYTES} bytes, or all.
 */
export function sniff(head: Uint8Array): ContentKind {
  for (const [kind, offset, magic] of MAGIC)
    if (hasAt(head, offset, magic) && !(kind === "mach-o" && magic.length > 4 && isClass(head))) return kind;
  return head.every(isText) ? "text" : "binary";
}

/**
 * Kinds of content, groups resolved.
 *
 * @throws TypeError for one that does not exist.
 */
export function kindsOf(names: readonly (ContentKind | ContentGroup)[]): ReadonlySet<ContentKind> {
  return new Set(
    names.flatMap((name): readonly ContentKind[] => {
      if (Object.hasOwn(GROUPS, name)) return GROUPS[name as ContentGroup];
      if (KINDS.has(name)) return [name as ContentKind];
      const known = [...Object.keys(GROUPS), ...KINDS].join(", ");
      throw new TypeError(`a kind of content is one of ${known}; got ${JSON.stringify(name)}`);
    }),
  );
}

function hasAt(head: Uint8Array, offset: number, magic: string): boolean {
  for (let i = 0; i < magic.length; i++) if (head[offset + i] !== magic.charCodeAt(i)) return false;
  return true;
}

function isClass(head: Uint8Array): boolean {
  return (head[7] ?? 0) >= OLDEST_CLASS;
}

function isText(byte: number): boolean {
  return byte >= 32 ? byte !== 127 : (byte >= 7 && byte <= 13) || byte === 27;
}
