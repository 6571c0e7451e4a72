import { createVfs, type Layer } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { fails, same } from "../check.ts";
import { closed } from "./layers.ts";

export const layersMoves: Case[] = group("layers", {
  "that check moves themselves are asked about a directory, and only they": {
    needs: canWrite,
    run: async ({ provider }) => {
      await using inner = createVfs(provider, { keepOpen: true });
      await inner.mkdir("/home/secret", { recursive: true });
      const moves: string[] = [];
      const blind = closed("/home/secret");
      const checking: Layer = {
        ...blind,
        checksMoves: true,
        handle: (call, next) => {
          if (call.op === "rename") moves.push(`${call.path} ${call.to ?? ""}`);
          return blind.handle(call, next);
        },
      };
      const rename = async (...stack: Layer[]): Promise<unknown> => {
        await using vfs = createVfs(provider, { layers: stack, keepOpen: true });
        return await vfs.rename("/home", "/away");
      };
      await fails("EACCES", () => rename(checking, blind), "rename in front of one that does not check");
      same(moves, [], "moves that came through");
      await rename(checking);
      same(moves, ["/home /away"], "moves that came through");
      same(await inner.exists("/away/secret"), true, "what was moved");
    },
  },
});
