import { S3Server } from "./server.ts";

// `node main.ts LATENCY_MS BYTES_PER_SECOND`: a server in a process of its own, with the bucket `bench`. Ends with its
// standard input.
const [latencyMs = "0", bytesPerSecond = "Infinity"] = process.argv.slice(2);
const server = await S3Server.start();
server.createBucket("bench");
Object.assign(server.traffic, { latencyMs: Number(latencyMs), bytesPerSecond: Number(bytesPerSecond) });
process.stdin.resume().on("end", () => process.exit(0));
console.log(server.endpoint);
