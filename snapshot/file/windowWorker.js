// Plain JavaScript on purpose: a worker thread is loaded by path, from the sources (tsx, ts-node, vitest) and from dist.
// Reads a file into a ring of shared windows, hands each over and hashes it meanwhile; see windowReader.ts.
const fs = require("node:fs");
const { createHash } = require("node:crypto");
const { workerData } = require("node:worker_threads");

const { fd, control, windows, digests, windowBytes, slots, contentBytes, totalBytes } = workerData;
const state = new Int32Array(control);
const [READ, PARSED, HASHED] = [0, 1, 2];
const STOPPED = -1;

const hash = createHash("sha256");
const out = Buffer.from(digests);

/** Waits until the other thread is done with the window that was in this slot before; false when it wants no more. */
function waitForSlot(n) {
  for (;;) {
    const parsed = Atomics.load(state, PARSED);
    if (parsed === STOPPED) return false;
    if (parsed > n - slots) return true;
    Atomics.wait(state, PARSED, parsed);
  }
}

function publish(index, value) {
  Atomics.store(state, index, value);
  Atomics.notify(state, index);
}

function readWindow(window, position) {
  for (let filled = 0; filled < window.length; ) {
    const n = fs.readSync(fd, window, filled, window.length - filled, position + filled);
    if (n === 0) throw new Error("the file ended early");
    filled += n;
  }
}

/** Adds a window to the hash; notes the digest of the content where it ends. */
function update(window, position) {
  const content = Math.max(0, Math.min(window.length, contentBytes - position));
  hash.update(window.subarray(0, content));
  if (content > 0 && position + content === contentBytes) out.set(hash.copy().digest(), 0);
  hash.update(window.subarray(content));
}

function main() {
  let position = 0;
  for (let n = 0; position < totalBytes; n++) {
    if (!waitForSlot(n)) return;
    const window = Buffer.from(
      windows,
      (n % slots) * windowBytes,
      Math.min(windowBytes, totalBytes - position),
    );
    readWindow(window, position);
    publish(READ, n + 1);
    update(window, position);
    position += window.length;
  }
  out.set(hash.digest(), 32);
  publish(HASHED, 1);
}

try {
  main();
} catch {
  // the other thread reads the rest itself, and meets the same error
  publish(HASHED, STOPPED);
  publish(READ, STOPPED);
}
