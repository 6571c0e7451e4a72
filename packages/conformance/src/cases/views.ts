import type { Vfs } from "@vfs/core";
import { canWrite, group, type Case } from "../case.ts";
import { check, fails, same } from "../check.ts";
import { below } from "../samples.ts";

export const views: Case[] = [
  ...group("a view", {
    "sees and changes nothing outside its root": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.mkdir("/home");
        await vfs.writeFile("/secret", "x");
        const view = vfs.view({ root: "/home" });
        await view.writeFile("/f", "inside");
        await view.writeFile("../../g", "inside too");
        same(await vfs.readFile("/home/g", "utf8"), "inside too", "what .. leads to");
        same((await view.readdir("/")).sort(), ["f", "g"], "names");
        await fails("ENOENT", () => view.readFile("/secret"), "outside");
        await fails("ENOENT", () => view.readFile("/../secret"), "outside by ..");
        same(await view.realpath("/f"), "/f", "realpath");
      },
    },
    "cannot put anything in the place of its root": {
      needs: canWrite,
      run: async ({ vfs, caps }) => {
        await vfs.mkdir("/home");
        const view = vfs.view({ root: "/home" });
        await view.mkdir("/d");
        await view.writeFile("/f", "x");
        await fails("EBUSY", () => view.rm("/", { recursive: true }), "rm");
        await view.mkdir("/d", { recursive: true });
        await view.writeFile("/f", "x");
        await fails("EBUSY", () => view.rmdir("/"), "rmdir");
        await fails("EBUSY", () => view.rename("/", "/z"), "rename");
        await fails("EBUSY", () => view.rename("/d", "/"), "rename onto it");
        await fails("EEXIST", () => view.mkdir("/"), "mkdir");
        await fails("EISDIR", () => view.writeFile("/", "x"), "writeFile");
        await fails("EISDIR", () => view.writeStream("/", ["x"]), "writeStream");
        await fails("EISDIR", () => view.copyFile("/f", "/"), "copyFile");
        if (caps.symlinks) await fails("EEXIST", () => view.symlink("/f", "/"), "symlink");
        check((await vfs.stat("/home")).isDirectory(), "the root is a directory still");
      },
    },
    "whose root is not there makes none": {
      needs: ({ write, directories }) => write && directories === "real",
      run: async ({ vfs }) => {
        const view = vfs.view({ root: "/none" });
        await fails("ENOENT", () => view.readdir("/"), "readdir");
        await fails("ENOENT", () => view.mkdir("/a"), "mkdir");
        await fails("ENOENT", () => view.mkdir("/a/b", { recursive: true }), "mkdir with recursive");
        await fails("ENOENT", () => view.writeFile("/f", "x"), "writeFile");
        same(await vfs.exists("/none"), false, "the root");
      },
    },
    "does not change the mounts, nor who it is": {
      needs: canWrite,
      run: async ({ vfs, provider, mountAnother, unmount }) => {
        await mountAnother("/m");
        const view = vfs.view({ actor: "guest" });
        await fails("EPERM", () => view.unmount("/m"), "unmount");
        await fails("EPERM", () => view.mount("/n", provider), "mount");
        await fails("EPERM", async () => view.sync.mount("/n", provider), "sync.mount");
        await fails("EPERM", async () => view.view({ actor: "admin" }), "a view as somebody else");
        view.view({ actor: "guest" });
        await view.view({ root: "/m" }).writeFile("/f", "x");
        same(await vfs.readFile("/m/f", "utf8"), "x", "content");
        await unmount("/m");
      },
    },
    "hears nothing of paths outside": {
      needs: canWrite,
      run: async ({ vfs, mountAnother }) => {
        await vfs.mkdir("/outer/inner", { recursive: true });
        await vfs.mkdir("/outer/away");
        await mountAnother("/outer/inner/ro", { readOnly: true });
        const view = vfs.view({ root: "/outer/inner" });
        const tries: ((view: Vfs) => Promise<unknown>)[] = [
          (at) => at.readFile("/none"),
          (at) => at.writeFile("/ro/f", "x"),
          (at) => at.rm("/ro", { recursive: true }),
          (at) => at.mv("/ro", "/z"),
          (at) => at.cp("/", "/d", { recursive: true }),
          (at) => at.rmdir("/"),
          (at) => at.mkdir("/none/such"),
        ];
        for (const call of tries) {
          const failure = await call(view).catch((reason: unknown) => reason);
          check(failure instanceof Error, "it fails");
          check(!failure.message.includes("outer"), failure.message);
        }
        await view.writeFile("/f", "x");
        const handle = await view.open("/f", "r");
        await vfs.rename("/outer/inner/f", "/outer/away/f");
        const failure = await handle.write("y").catch((reason: unknown) => reason as Error);
        check(
          failure instanceof Error && !failure.message.includes("away"),
          "the error tells nothing of where it is",
        );
        await handle.close();
      },
    },
  }),
  ...group("mkdir", {
    "with recursive over a file says which it is": {
      needs: canWrite,
      run: async ({ vfs }) => {
        await vfs.writeFile("/f", "x");
        await fails("EEXIST", () => vfs.mkdir("/f", { recursive: true }), "the file itself");
        await fails("ENOTDIR", () => vfs.mkdir("/f/d/e", { recursive: true }), "through the file");
        same(await below(vfs, "/"), ["f"], "names");
      },
    },
  }),
];
