// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv), begun anew in each process, so that nobody can make up names that
// are all in one place. A Map would do, but V8 puts each text that is looked up in one into a table of all texts first:
// 80 to 350 ns for a text that has just been made, as paths and names are (Node 26), against one for each character.
const BEGIN: number = Math.floor(Math.random() * 2 ** 30);
const PRIME = 16_777_619;
// So that it is a small integer in every engine.
const BITS: number = 2 ** 30 - 1;

const SLASH = 47;

/** The hash of a text from `from` on. */
export function hashOf(text: string, from: number): number {
  let hash = BEGIN;
  for (let i = from; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME);
  return hash & BITS;
}

/** The hashes of parts of a path, from going over it once. To be used again and again. */
export class PathHashes {
  /** Of the directory that it lies in: of what is in front of the last slash, without the first one. */
  directory = 0;
  /** Of the last name. */
  name = 0;
  /** Where the last slash is. */
  slash = 0;

  look(path: string): void {
    let whole = BEGIN;
    let directory = BEGIN;
    let name = BEGIN;
    let slash = 0;
    for (let i = 1; i < path.length; i++) {
      const code = path.charCodeAt(i);
      if (code === SLASH) {
        directory = whole;
        name = BEGIN;
        slash = i;
      } else {
        name = Math.imul(name ^ code, PRIME);
      }
      whole = Math.imul(whole ^ code, PRIME);
    }
    this.directory = directory & BITS;
    this.name = name & BITS;
    this.slash = slash;
  }
}
