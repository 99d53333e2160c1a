import { spawn } from "node:child_process";
import { PassThrough, Transform } from "node:stream";
import type { FaultRule } from "./faultFiles";
import { WebSocketFrames } from "./webSocketFrames";

/**
 * As much of a standard input passes before it is cut or unplugged: two whole frames of kubectl's, since of a frame that
 * is not whole nothing arrives. Of a shorter input all passes, but not its end.
 */
const passingBytes = 64 * 1024;

/** Counts standard input in a client's stream. @returns the offset in the chunk at which enough has passed, if it has */
type InputMeter = (chunk: Buffer) => number | undefined;

/** What stands in the client's stream into an exec. */
export interface InputFault {
  readonly stream: Transform;
  /** Whether the connection ends, on both sides, when this stream has ended. */
  readonly breaks: boolean;
}

/** The stream of a rule. @param webSocket else SPDY, of which only the bytes are counted */
export function inputFault(rule: FaultRule | undefined, webSocket: boolean, script: string): InputFault {
  const meter = webSocket ? webSocketMeter() : byteMeter();
  if (rule?.action === "cut") return { stream: cutting(meter), breaks: true };
  if (rule?.action === "flip") return { stream: flipping(), breaks: false };
  if (rule?.action === "unplug") return { stream: unplugging(meter, script), breaks: false };
  return { stream: new PassThrough(), breaks: false };
}

/** Runs the shell script; how it ends does not matter, and what it says is the proxy's. */
export function runScript(path: string): Promise<void> {
  const child = spawn("/bin/sh", [path], { stdio: ["ignore", "inherit", "inherit"] });
  return new Promise((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
}

function cutting(meter: InputMeter): Transform {
  let isCut = false;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (isCut) return done();
      const enoughAt = meter(chunk);
      this.push(chunk.subarray(0, enoughAt));
      if (enoughAt !== undefined) {
        isCut = true;
        this.push(null);
      }
      done();
    },
  });
}

/** Changes the last byte of the first frame of standard input: deep in a long one, and the last one of a short. */
function flipping(): Transform {
  const frames = new WebSocketFrames();
  let isFlipped = false;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const span = frames
        .scan(chunk)
        .find(({ channel, ends, start, end }) => channel === 0 && ends && start < end);
      if (span !== undefined && !isFlipped) {
        isFlipped = true;
        chunk[span.end - 1] = (chunk[span.end - 1] as number) ^ 0xff;
      }
      done(null, chunk);
    },
  });
}

function unplugging(meter: InputMeter, script: string): Transform {
  let isDone = false;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const enoughAt = isDone ? undefined : meter(chunk);
      if (enoughAt === undefined) return done(null, chunk);
      isDone = true;
      this.push(chunk.subarray(0, enoughAt));
      void runScript(script).then(() => done(null, chunk.subarray(enoughAt)));
    },
  });
}

/** Enough is also the end of standard input, or of the connection. */
function webSocketMeter(): InputMeter {
  const frames = new WebSocketFrames();
  let passed = 0;
  return (chunk) => {
    for (const { channel, opcode, start, end } of frames.scan(chunk)) {
      if (channel === 255 || opcode === 8) return start;
      if (channel !== 0) continue;
      if (passed + end - start >= passingBytes) return start + passingBytes - passed;
      passed += end - start;
    }
    return undefined;
  };
}

/** SPDY's own frames count too. */
function byteMeter(): InputMeter {
  let passed = 0;
  return (chunk) => {
    const enough = passingBytes - passed;
    passed += chunk.length;
    return chunk.length >= enough ? enough : undefined;
  };
}
