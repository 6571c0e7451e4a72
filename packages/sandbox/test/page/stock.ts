import type { loadPyodide } from "pyodide";

// Pyodide as it is, with nothing in its way: answers what each of some pieces of code printed.

globalThis.addEventListener("message", ({ data }: MessageEvent<readonly string[]>) => {
  void (async () => {
    const url = new URL("/pyodide/pyodide.mjs", globalThis.location.href).href;
    const { loadPyodide: load } = (await import(/* @vite-ignore */ url)) as {
      loadPyodide: typeof loadPyodide;
    };
    const pyodide = await load();
    let text = "";
    const decoder = new TextDecoder();
    pyodide.setStdout({ write: (bytes) => ((text += decoder.decode(bytes)), bytes.length) });
    globalThis.postMessage(
      data.map((code) => {
        text = "";
        try {
          pyodide.runPython(code);
        } catch (error) {
          text += (error as Error).message.slice(-300);
        }
        return text;
      }),
    );
  })();
});
