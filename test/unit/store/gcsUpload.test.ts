import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { bytesContent } from "../../../store/content";
import { GcsStore } from "../../../store/gcsStore";
import { StoreError } from "../../../store/storeError";

it("an upload that fails says no session's address: whoever has it may go on with the upload", async () => {
  let endpoint = "";
  const server = createServer((request, response) => {
    const session = `${endpoint}/upload/storage/v1/b/b/o?uploadType=resumable&upload_id=S3cretSession-_1&x=1`;
    if (request.method === "POST") response.setHeader("location", session).end();
    else request.socket.destroy();
  });
  await new Promise<void>((listens) => server.listen(0, "127.0.0.1", listens));
  onTestFinished(() => void server.close());
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // longer than the library tries
  const store = new GcsStore("bucket-1", "", { endpoint, seconds: 30 });
  const error = await store.writeOnce("v1/a", bytesContent("x")).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(StoreError);
  expect((error as StoreError).message).toMatch(/request to http.*socket hang up/);
  expect((error as StoreError).message).not.toContain("S3cretSession");
}, 60_000);
