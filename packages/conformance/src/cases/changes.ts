import { group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";

export const histories: Case[] = [
  ...group("changes", {
    "are those after a revision, which only grows": {
      needs: ({ changes, write, rename }) => changes && write && rename === "tree",
      run: async ({ vfs }) => {
        const begin = await vfs.changes();
        same([begin.changes, begin.more], [[], false], "what is told without a revision");
        await vfs.mkdir("/d");
        await vfs.writeFile("/d/f", "x");
        const first = await vfs.changes(begin.revision);
        same(
          first.changes.map(({ kind, path }) => `${kind} ${path}`),
          ["created /d", "created /d/f"],
          "changes",
        );
        await vfs.rename("/d/f", "/d/g");
        await vfs.rm("/d", { recursive: true });
        const second = await vfs.changes(first.revision);
        same(
          second.changes.map(({ kind, path, oldPath = "" }) => `${kind} ${path} ${oldPath}`.trim()),
          ["renamed /d/g /d/f", "removed /d/g", "removed /d"],
          "the next changes",
        );
        const revisions = [...first.changes, ...second.changes].map(({ revision }) => revision);
        check(
          revisions.every((revision, i) => revision > (revisions[i - 1] ?? begin.revision)),
          "each revision is greater",
        );
        const parts = await vfs.changes(begin.revision, { limit: 2 });
        same([parts.changes.length, parts.more], [2, true], "a part");
        const rest = await vfs.changes(parts.revision);
        same([rest.changes.length, rest.more], [3, false], "the rest");
        same(
          await vfs.changes(second.revision),
          { changes: [], revision: second.revision, more: false },
          "no more",
        );
        const within = await vfs.changes(begin.revision, { path: "/" });
        same(within.changes.length, 5, "below the root");
      },
    },
    "from before what is known, or after now, are ESTALE": {
      needs: ({ changes, write }) => changes && write,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        const { revision } = await vfs.changes();
        const error = await fails("ESTALE", () => vfs.changes(revision + 1000), "a revision of the future");
        check(error.message.includes("anew"), "the error says what to do");
      },
    },
    "of a view are its own": {
      needs: ({ changes, write, rename }) => changes && write && rename === "tree",
      run: async ({ vfs }) => {
        await vfs.mkdir("/home");
        const view = vfs.view({ root: "/home" });
        const { revision } = await view.changes();
        await vfs.writeFile("/outside", "x");
        await vfs.rename("/outside", "/home/in");
        const { changes } = await view.changes(revision);
        same(
          changes.map(({ kind, path, oldPath }) => [kind, path, oldPath]),
          [["created", "/in", undefined]],
          "changes",
        );
      },
    },
    "of a store that keeps none are ENOTSUP": {
      needs: ({ changes }) => !changes,
      run: async ({ vfs }) => void (await fails("ENOTSUP", () => vfs.changes(), "changes")),
    },
  }),
];
