import { runStep } from "./runStep";

// Run by the stack's Commands and by `etcd-recovery step`: one act, its result as JSON on standard output, its account on
// standard error, its outcome as the exit code.
void runStep(process.argv[2] ?? "").then((code) => process.exit(code));
