import { describe, expect, it } from "vitest";
import { connectAgain, isBusy } from "../../../../components/access/ssh/sshRetry";

const busy = "Connection timed out during banner exchange\nConnection to 10.0.0.10 port 22 timed out";

describe("whether a host was busy", () => {
  it.each([
    [true, busy],
    [true, "kex_exchange_identification: read: Connection reset by peer"],
    [true, "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN"],
    [true, "Not allowed at this time"],
    [false, "ssh: connect to host 10.0.0.2 port 22: Connection timed out"],
    [false, "ssh: connect to host 10.0.0.2 port 22: Connection refused"],
    [false, "Host key verification failed."],
    [false, "ubuntu@10.0.0.10: Permission denied (publickey)."],
    [false, "Timeout, server 10.0.0.10 not responding."],
    [false, ""],
  ])("%s: %j", (expected, stderr) => expect(isBusy(stderr)).toBe(expected));
});

describe("a connection that is made again", () => {
  const after = (...answers: (string | { made: true })[]) => {
    const asked = { times: 0 };
    const connect = async () => answers[asked.times++] ?? "asked too often";
    return { asked, connect };
  };

  it.each([
    [[{ made: true }], { made: true }, 1],
    [[busy, { made: true }], { made: true }, 2],
    [[busy, busy, { made: true }], { made: true }, 3],
    [[busy, busy, busy, { made: true }], busy, 3],
    [[busy, "Permission denied", { made: true }], "Permission denied", 2],
    [["Connection refused", { made: true }], "Connection refused", 1],
  ] as const)("%j", async (answers, outcome, times) => {
    const { asked, connect } = after(...answers);
    expect(await connectAgain(connect, [1, 1])).toEqual(outcome);
    expect(asked.times).toBe(times);
  });
});
