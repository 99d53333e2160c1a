import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { agentImageName, runConfig } from "../../../image/agentImage";
import { parseLdd } from "../../../image/agentTree";
import { imageNodeVersion } from "../../../lab/images/agentImage";

const containerfile = readFileSync(join(__dirname, "../../../image/Containerfile"), "utf8");

describe("the agent's image", () => {
  it("is not root's, and is the same by its Containerfile", () => {
    expect(runConfig.User).toBe("65532:65532");
    expect(containerfile).toContain(`\nUSER ${runConfig.User}\n`);
    expect(containerfile).toContain(`\nWORKDIR ${runConfig.WorkingDir}\n`);
    expect(containerfile).toContain(`\nENV ${runConfig.Env.join(" ")}\n`);
    expect(containerfile).toContain(
      `\nENTRYPOINT ${JSON.stringify(runConfig.Entrypoint).replace(",", ", ")}\n`,
    );
    expect(containerfile).toContain(`\nARG NODE_IMAGE=node:${imageNodeVersion}-`);
  });

  it.each([
    ["localhost", "localhost/etcd-recovery-agent:1.0.0"],
    ["registry.example:5000/a/b/", "registry.example:5000/a/b/etcd-recovery-agent:1.0.0"],
  ])("below %s is called %s", (prefix, name) => {
    expect(agentImageName(prefix, "1.0.0")).toBe(name);
  });

  it("has the libraries that ldd names, the loader among them, and not what the kernel maps", () => {
    const answer = [
      "\tlinux-vdso.so.1 (0x00007f7289fda000)",
      "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f7289a1e000)",
      "\t/lib64/ld-linux-x86-64.so.2 (0x00007f7289fdc000)",
      "",
    ].join("\n");
    expect(parseLdd(answer)).toEqual(["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"]);
  });
});
