import { describe, expect, it } from "vitest";
import { remoteCommand } from "../../../../components/access/ssh/remoteCommand";
import { sudoError } from "../../../../components/access/ssh/sudoError";

const machine = { name: "cp-1", user: "ubuntu" };

describe("sudo that runs nothing", () => {
  it.each([
    "sudo: a password is required\n",
    "sudo: a terminal is required to read the password; either use the -S option to read from standard input\n",
    "sudo: sorry, you must have a tty to run sudo\n",
    "sudo: you must have a tty to run sudo\n",
    "Sorry, user ubuntu is not allowed to execute '/bin/sh -c printf\nset -eu\nSECRET' as root on cp-1.\n",
    "Sorry, user ubuntu may not run sudo on cp-1.\n",
    "ubuntu is not in the sudoers file.  This incident will be reported.\n",
    "ubuntu is not allowed to run sudo on cp-1.  This incident will be reported.\n",
  ])("%j asks for a right, and no script is quoted", (stderr) => {
    const error = sudoError(machine, { stderr });
    expect(error).toMatchObject({ kind: "sudo" });
    expect(error?.message).toContain("machine cp-1: sudo of user ubuntu asks for a password or a terminal");
    expect(error?.message).not.toContain("SECRET");
  });

  it.each([
    "bash: line 1: exec: sudo: not found\n",
    "sh: 1: exec: sudo: not found\n",
    "env: 'sudo': No such file or directory\n",
    "env: »sudo«: Datei oder Verzeichnis nicht gefunden\n",
    "env: can't execute 'sudo': No such file or directory\n",
  ])("%j is none", (stderr) => {
    expect(sudoError(machine, { stderr })?.message).toMatch(/^machine cp-1: has no sudo/);
  });

  it.each(["", "sudo mv it back\n", "env: nothing\n"])("%j is not said of it", (stderr) => {
    expect(sudoError(machine, { stderr })).toBeUndefined();
  });

  it("is asked in English, and only of who is not root", () => {
    const script = { text: "echo here", argv: [] };
    expect(remoteCommand(script, "ubuntu")).toMatch(/^exec env LC_ALL=C sudo -n -- '\/bin\/sh' '-c' /);
    expect(remoteCommand(script, "root")).toMatch(/^exec '\/bin\/sh' '-c' /);
  });
});
