// Pyodide as it is, with nothing in its way: runs the attacks that it is sent and tells what each printed.
import { loadPyodide } from "pyodide";

const pyodide = await loadPyodide();
let text = "";
pyodide.setStdout({ write: (bytes) => ((text += Buffer.from(bytes).toString()), bytes.length) });

process.on("message", (code) => {
  text = "";
  try {
    pyodide.runPython(code);
  } catch (error) {
    text += String(error.message).slice(-300);
  }
  process.send(text);
});
