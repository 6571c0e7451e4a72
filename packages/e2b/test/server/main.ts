import { API_KEY, E2bServer } from "./server.ts";

// `node main.ts LATENCY_MS`: a server in a process of its own. Ends with its standard input.
const [latencyMs = "0"] = process.argv.slice(2);
const server = await E2bServer.start();
server.latencyMs = Number(latencyMs);
process.stdin.resume().on("end", () => void server.close().then(() => process.exit(0)));
console.log(JSON.stringify({ url: server.url, apiKey: API_KEY }));
