/** Bytes of one frame's payload, as far as they lie in one chunk; a channel's number is not among them. */
export interface FrameSpan {
  /** Channel of the data: 0 standard input, 1 and 2 output, 3 status, 255 "closed". Undefined in control frames. */
  readonly channel: number | undefined;
  /** 8 is the end of the connection. */
  readonly opcode: number;
  readonly start: number;
  readonly end: number;
  /** Whether the frame ends with these bytes. */
  readonly ends: boolean;
}

interface Frame {
  readonly opcode: number;
  readonly mask: Buffer | undefined;
  /** Payload bytes that have not come yet. */
  left: number;
  channel: number | undefined;
}

/** Finds the frames of Kubernetes' remote commands in one direction of a WebSocket, however they are cut into chunks. */
export class WebSocketFrames {
  private header: number[] = [];
  private frame: Frame | undefined;
  /** Channel of the message under way: only its first frame says it. */
  private messageChannel: number | undefined;

  /** Takes the next chunk. @returns the payloads in it, in order; a frame without payload has an empty span */
  scan(chunk: Buffer): FrameSpan[] {
    const spans: FrameSpan[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.frame === undefined) {
        this.header.push(chunk[at] as number);
        at += 1;
        this.frame = this.parseHeader();
        if (this.frame?.left !== 0) continue;
      }
      const { frame } = this;
      if (frame === undefined) continue;
      at += this.takeChannel(frame, chunk, at);
      const end = Math.min(at + frame.left, chunk.length);
      frame.left -= end - at;
      const { channel, opcode } = frame;
      spans.push({ channel, opcode, start: at, end, ends: frame.left === 0 });
      at = end;
      if (frame.left === 0) this.frame = undefined;
    }
    return spans;
  }

  /** @returns the frame when its header is whole */
  private parseHeader(): Frame | undefined {
    const header = Buffer.from(this.header);
    const [first = 0, second = 0] = header;
    const masked = second >= 128;
    const short = second & 127;
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (header.length < 2 + lengthBytes + (masked ? 4 : 0)) return undefined;
    const left =
      lengthBytes === 0
        ? short
        : lengthBytes === 2
          ? header.readUInt16BE(2)
          : Number(header.readBigUInt64BE(2));
    this.header = [];
    const mask = masked ? header.subarray(-4) : undefined;
    return { opcode: first & 15, mask, left, channel: (first & 15) === 0 ? this.messageChannel : undefined };
  }

  /** The first byte of a message names its channel. @returns how many bytes that took: 0 or 1 */
  private takeChannel(frame: Frame, chunk: Buffer, at: number): number {
    const begins = (frame.opcode === 1 || frame.opcode === 2) && frame.channel === undefined;
    if (!begins || frame.left === 0) return 0;
    frame.channel = (chunk[at] as number) ^ (frame.mask?.[0] ?? 0);
    this.messageChannel = frame.channel;
    frame.left -= 1;
    return 1;
  }
}
