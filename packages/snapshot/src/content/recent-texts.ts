const MOST_CHARACTERS = 16 << 20;

/** The hashes of texts that were hashed lately: to hash one again takes longer than to find it. */
export class RecentTexts {
  #recent = new Map<string, string>();
  #before = new Map<string, string>();
  #characters = 0;

  get(text: string): string | undefined {
    const hash = this.#recent.get(text) ?? this.#before.get(text);
    if (hash !== undefined) this.set(text, hash);
    return hash;
  }

  set(text: string, hash: string): void {
    if (this.#recent.has(text)) return;
    this.#recent.set(text, hash);
    this.#characters += text.length;
    if (this.#characters <= MOST_CHARACTERS) return;
    this.#before = this.#recent;
    this.#recent = new Map();
    this.#characters = 0;
  }
}
