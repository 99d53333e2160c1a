// Plain JavaScript: what is measured is the built reader alone, without a loader of TypeScript in its process.
// readOnce.js <built snapshot/index.js> <inspect|diff> <file> [<file>]: one line of JSON.
const [, , built, act, ...files] = process.argv;
const { verifySnapshotSync, diffSnapshotsSync } = require(built);
const begun = performance.now();
const verdict = act === "diff" ? diffSnapshotsSync(...files) : verifySnapshotSync(...files);
const seconds = (performance.now() - begun) / 1000;
if (!verdict.valid) throw new Error(`the generated store is refused: ${JSON.stringify(verdict)}`);
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const processorSeconds = (userCPUTime + systemCPUTime) / 1e6;
process.stdout.write(
  `${JSON.stringify({ seconds, processorSeconds, peakMemoryMB: (maxRSS * 1024) / 1e6 })}\n`,
);
