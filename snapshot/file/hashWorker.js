// Plain JavaScript on purpose: a worker thread is loaded by path, from the sources (tsx, ts-node, vitest) and from dist.
// Hashes the windows that the reading thread posts in a ring of shared memory; see hashThread.ts.
const { createHash } = require("node:crypto");
const { workerData } = require("node:worker_threads");

const { control, windows, digests, windowBytes, slots, contentBytes, totalBytes } = workerData;
const state = new Int32Array(control);
const [POSTED, HASHED] = [0, 1];

const hash = createHash("sha256");
let position = 0;
const digestsOut = Buffer.from(digests);

function update(bytes) {
  const content = Math.max(0, Math.min(bytes.length, contentBytes - position));
  if (content > 0 && content < bytes.length) hash.update(bytes.subarray(0, content));
  if (content > 0 && content === bytes.length) hash.update(bytes);
  position += content;
  if (position === contentBytes && content > 0) digestsOut.set(hash.copy().digest(), 0);
  if (content < bytes.length) {
    hash.update(bytes.subarray(content));
    position += bytes.length - content;
  }
}

for (let n = 0; position < totalBytes; n++) {
  let posted = Atomics.load(state, POSTED);
  while (posted <= n) {
    Atomics.wait(state, POSTED, posted);
    posted = Atomics.load(state, POSTED);
  }
  if (posted === 0x7fffffff) process.exit(0);
  const length = Math.min(windowBytes, totalBytes - position);
  update(Buffer.from(windows, (n % slots) * windowBytes, length));
  if (position === totalBytes) digestsOut.set(hash.digest(), 32);
  Atomics.store(state, HASHED, n + 1);
  Atomics.notify(state, HASHED);
}
