import { createHash, createHmac } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, it, vi } from "vitest";
import { Signer } from "../src/wire/signer.ts";

class Sha256 {
  readonly #hash: ReturnType<typeof createHash>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = (
      secret === undefined ? createHash("sha256") : createHmac("sha256", secret as Uint8Array)
    ) as ReturnType<typeof createHash>;
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {}
}

describe("s3 › signer", () => {
  it("signs as the library does, character by character", async () => {
    const now = new Date("2026-11-30T23:59:59.123Z");
    vi.useFakeTimers({ now, toFake: ["Date"] });
    const credentials = { accessKeyId: "AKID", secretAccessKey: "secret", sessionToken: "token" };
    const client = new S3Client({ region: "eu-central-1", credentials });
    const address = { isSecure: true, hostname: "bucket.example.com", port: undefined, path: "/" };
    const signer = new Signer(client, address);
    const query = { "list-type": "2", prefix: "a b/ü!'()*", "start-after": "" };
    const headers = { "x-amz-meta-k": "v", "if-match": '"x"', "content-type": "text/plain" };
    const ours = await signer.sign({ method: "GET", path: "/", query, headers });
    const how = { service: "s3", sha256: Sha256, uriEscapePath: false, applyChecksum: false };
    const theirs = await new SignatureV4({ ...how, credentials, region: "eu-central-1" }).sign({
      method: "GET",
      protocol: "https:",
      hostname: "bucket.example.com",
      path: "/",
      query,
      headers: { host: "bucket.example.com", "x-amz-content-sha256": "UNSIGNED-PAYLOAD", ...headers },
    });
    vi.useRealTimers();
    expect(ours.headers["authorization"]).toBe(theirs.headers["authorization"]);
    expect(ours.headers["x-amz-date"]).toBe("20261130T235959Z");
  });
});
