import type { Edit } from "../engine/storage.ts";
import { offsetOf } from "./buddy.ts";
import { DATA, type Command } from "./device.ts";

/** What is to be done to the file of all content; undefined for nothing. */
export function toCommand(edit: Edit): Command | undefined {
  const at = offsetOf(edit.piece);
  switch (edit.kind) {
    case "write":
      return { do: "write", file: DATA, at: at + edit.at, bytes: edit.bytes };
    case "copy":
      return { do: "copy", file: DATA, at, from: offsetOf(edit.from), length: edit.length };
    case "cut":
      // What lies behind the end of a file is written over before it becomes part of it.
      return undefined;
  }
}
