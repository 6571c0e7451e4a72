import {
  Call,
  isVfsError,
  wait,
  type AnyCall,
  type Bytes,
  type FileType,
  type Flow,
  type Next,
  type VPath,
} from "@vfs/core";
import { sniff, SNIFF_BYTES } from "../content-kind.ts";
import { CREATE, READ, WRITE } from "../operation-class.ts";
import type { CompiledRule } from "../rules/compiled-rule.ts";
import type { Judgement } from "../rules/verdict.ts";
import { checkedSource } from "./checked-source.ts";
import { innerCall } from "./inner-call.ts";

type Refuse = (rule: string) => Error;

/** Refuses to give content that a rule keeps back. */
export function* checkRead(call: AnyCall, next: Next, judgement: Judgement, refuse: Refuse): Flow<void> {
  const rules = judgement.contentRules(READ);
  const makes = call.op === "open" && call.args.flags.create;
  const head =
    call.file === undefined ? yield* headOf(call, next, call.path, makes) : yield* headOfFile(call, next);
  checkHead(head, rules, refuse);
}

/**
 * Refuses to put content where a rule does not want it.
 *
 * @returns The call to send on: that of a stream has a source that fails when it turns out to be such content.
 */
export function* checkWritten(
  call: AnyCall,
  next: Next,
  judgement: Judgement,
  refuse: Refuse,
): Flow<AnyCall> {
  const rules = judgement.contentRules(WRITE | CREATE);
  const check = (head: Uint8Array): void => checkHead(head, rules, refuse);
  switch (call.op) {
    case "write":
      check(call.args.data.subarray(0, SNIFF_BYTES));
      return call;
    case "writeMany":
      for (const { data } of call.args.entries) if (data !== undefined) check(data.subarray(0, SNIFF_BYTES));
      return call;
    case "writeStream":
      return call.with({ args: { ...call.args, source: checkedSource(call.args.source, check) } });
    case "append": {
      const head = yield* headOf(call, next, call.path, true);
      if (head.length < SNIFF_BYTES) check(overlaid(head, call.args.data, head.length));
      return call;
    }
    case "file.write": {
      const { data, position } = call.args;
      if (position !== "end" && position >= SNIFF_BYTES) return call;
      const head = yield* headOfFile(call, next);
      if (position !== "end") check(overlaid(head, data, position));
      else if (head.length < SNIFF_BYTES) check(overlaid(head, data, head.length));
      return call;
    }
    case "copy":
    case "rename":
    case "link":
      check(yield* headOf(call, next, call.path, false));
      return call;
    default:
      return call;
  }
}

/** The same for something in a tree that is moved. */
export function* checkContent(
  call: AnyCall,
  next: Next,
  path: VPath,
  type: FileType,
  from: Judgement,
  target: Judgement,
  refuse: Refuse,
): Flow<void> {
  if (type !== "file") return;
  const head = yield* wait(next(innerCall(call, "read", path, HEAD)));
  checkHead(head, from.contentRules(READ), refuse);
  checkHead(head, target.contentRules(WRITE | CREATE), refuse);
}

const HEAD = { offset: 0, length: SNIFF_BYTES };
const EMPTY: Bytes = new Uint8Array();

function checkHead(head: Uint8Array, rules: readonly CompiledRule[], refuse: Refuse): void {
  if (head.length === 0) return;
  const kind = sniff(head);
  const rule = rules.find(({ content }) => content?.(kind) === true);
  if (rule !== undefined) throw refuse(rule.name);
}

/** The first bytes of what lies at a path. Of what has no content, such as a directory, none. */
function* headOf(call: AnyCall, next: Next, path: VPath, mayMiss: boolean): Flow<Uint8Array> {
  // These work on a link itself, which reading would follow.
  if (call.op === "rename" || call.op === "link") {
    const { type } = yield* wait(next(innerCall(call, "stat", path, {})));
    if (type !== "file") return EMPTY;
  }
  try {
    return yield* wait(next(innerCall(call, "read", path, HEAD)));
  } catch (reason) {
    if (mayMiss && isVfsError(reason, "ENOENT")) return EMPTY;
    throw reason;
  }
}

/** The first bytes of an open file, by its name where it is open for writing only. */
function* headOfFile(call: AnyCall, next: Next): Flow<Uint8Array> {
  const { file } = call;
  if (file?.granted.read !== true) return yield* headOf(call, next, call.path, true);
  const into = new Uint8Array(SNIFF_BYTES);
  const args = { into, position: 0 };
  const read = new Call("file.read", call.path, undefined, args, call.ctx, file, call.mountPath);
  return into.subarray(0, yield* wait(next(read)));
}

/** The first bytes of a file when `data` is put into it at `position`. */
function overlaid(head: Uint8Array, data: Uint8Array, position: number): Uint8Array {
  const length = Math.min(SNIFF_BYTES, Math.max(head.length, position + data.length));
  const whole = new Uint8Array(length);
  whole.set(head.subarray(0, length));
  whole.set(data.subarray(0, Math.max(0, length - position)), position);
  return whole;
}
