const CONTROL: readonly (readonly [method: string, path: RegExp, op: string])[] = [
  ["POST", /^\/v2\/sandboxes$/, "CreateSandbox"],
  ["POST", /^\/sandboxes$/, "CreateSandbox"],
  ["GET", /^\/v2\/sandboxes$/, "ListSandboxes"],
  ["POST", /^\/v2\/sandboxes\/([^/]+)\/connect$/, "ConnectSandbox"],
  ["POST", /^\/sandboxes\/([^/]+)\/connect$/, "ConnectSandbox"],
  ["POST", /^\/sandboxes\/([^/]+)\/timeout$/, "SetTimeout"],
  ["POST", /^\/sandboxes\/([^/]+)\/pause$/, "PauseSandbox"],
  ["DELETE", /^\/sandboxes\/([^/]+)$/, "KillSandbox"],
  ["GET", /^\/sandboxes\/([^/]+)$/, "GetSandbox"],
];

const DAEMON: Readonly<Record<string, string>> = {
  "GET /health": "Health",
  "GET /files": "ReadFile",
  "POST /files": "WriteFile",
  "POST /files/compose": "Compose",
};

export interface Route {
  readonly isControl: boolean;
  readonly op: string;
  readonly sandboxId?: string | undefined;
}

/** What a request asks for. */
export function routeOf(method: string, path: string): Route | undefined {
  for (const [wanted, pattern, op] of CONTROL) {
    const match = wanted === method ? pattern.exec(path) : null;
    if (match !== null) return { isControl: true, op, sandboxId: match[1] };
  }
  const op = DAEMON[`${method} ${path}`];
  if (op !== undefined) return { isControl: false, op };
  const [, call] =
    (method === "POST" && /^\/(?:filesystem\.Filesystem|process\.Process)\/(\w+)$/.exec(path)) || [];
  return call === undefined ? undefined : { isControl: false, op: call };
}
