/**
 * What names have in common that a store without case takes for one: upper and lower case, and the forms of Unicode
 * that are canonically the same (macOS compares names so; Windows folds case alone).
 */
export function fold(text: string): string {
  // First up, then down: some characters have one upper form for two lower ones.
  return text.normalize("NFD").toUpperCase().toLowerCase().normalize("NFC");
}
