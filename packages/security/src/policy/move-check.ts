import {
  joinPath,
  wait,
  type AnyCall,
  type Call,
  type Entry,
  type Flow,
  type Next,
  type Page,
  type VPath,
} from "@vfs/core";
import { CONTENT_READ, CONTENT_WRITTEN, CREATE, DELETE, READ } from "../operation-class.ts";
import type { Judgement } from "../rules/verdict.ts";
import { checkContent } from "./content-check.ts";
import { innerCall } from "./inner-call.ts";

/**
 * Refuses to move a directory unless each thing in it may be moved to where it would come to lie. The tree is looked
 * through first: what is put into it meanwhile came through the same door.
 */
export function* checkMove(
  call: Call<"rename">,
  next: Next,
  judge: (path: VPath) => Judgement,
  refused: (judgement: Judgement, classes: number) => Error,
  refuse: (rule: string) => Error,
): Flow<void> {
  const { path: top, to = top } = call;
  const { type } = yield* wait(next(innerCall(call as AnyCall, "stat", top, {})));
  if (type !== "directory") return;
  const open = [""];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const directory = at === "" ? top : joinPath(top, at);
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page: Page<Entry> = yield* wait(next(innerCall(call as AnyCall, "list", directory, { cursor })));
      for (const entry of page.items) {
        const rest = at === "" ? entry.name : `${at}/${entry.name}`;
        const path = joinPath(top, rest);
        const from = judge(path);
        const target = judge(joinPath(to, rest));
        if ((from.flags & (READ | DELETE)) !== 0) throw refused(from, from.flags & (READ | DELETE));
        if ((target.flags & CREATE) !== 0) throw refused(target, CREATE);
        if (entry.type === "directory") open.push(rest);
        else if (((from.flags & CONTENT_READ) | (target.flags & CONTENT_WRITTEN)) !== 0)
          yield* checkContent(call, next, path, entry.type, from, target, refuse);
      }
      ({ cursor } = page);
    }
  }
}
