// Pyodide as it is, with nothing in its way: runs the attacks that it is given and tells what each printed.
import { loadPyodide } from "pyodide";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const attacks = JSON.parse(Buffer.concat(chunks).toString());
const pyodide = await loadPyodide();
const told = {};
let text = "";
const options = { write: (bytes) => ((text += Buffer.from(bytes).toString()), bytes.length) };
pyodide.setStdout(options);
for (const { name, code } of attacks) {
  text = "";
  try {
    pyodide.runPython(code);
  } catch (error) {
    text += String(error.message).slice(-300);
  }
  // What it has begun may take a moment.
  await new Promise((resolve) => setTimeout(resolve, 150));
  told[name] = text;
  process.send({ name, text });
}
process.disconnect();
