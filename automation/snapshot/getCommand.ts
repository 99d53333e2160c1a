import { InvalidArgumentError } from "commander";
import { UserError } from "../../components/errors";
import { type FoundObject, getObject, printable, revisionToJson } from "../../snapshot";
import type { CliCommand } from "../commandLine/cliCommand";
import { formatOf, print } from "../commandLine/documents";
import { ExitCode } from "../exitCode";
import { columns, refuse, show } from "./output";
import { clearProgress } from "./progressLine";
import { type ReadingOptions, reading, readingCommand, readingExits } from "./readingOptions";
import { kindNamed } from "./shortNames";
import { renamed, withInputs } from "./snapshotInputs";
import { writeObject } from "./writeObject";

interface Options extends ReadingOptions {
  readonly namespace?: string;
  readonly revision?: bigint;
  readonly history?: boolean;
  readonly showManagedFields?: boolean;
}

/** `snapshot get FILE KIND [NAMESPACE/]NAME`: exit code 1 when the file is good and does not hold the object, or it cannot be shown. */
export function getCommand(): CliCommand {
  const command = readingCommand("get", "take one object out of a snapshot", "yaml")
    .needsArgument("<file>", "a snapshot; - for standard input")
    .needsArgument("<kind>", "such as Deployment, deployments, deploy or widgets.example.com")
    .needsArgument("<name>", "NAMESPACE/NAME, or NAME with --namespace or for cluster-scoped objects")
    .option("-n, --namespace <namespace>", "the object's namespace")
    .option("--revision <n>", "as it was at this revision", parseRevision)
    .option("--history", "list the revisions of the object that the file holds, not the object")
    .option("--show-managed-fields", "print metadata.managedFields too")
    .example("etcd-recovery snapshot get snapshot.db deploy web -n shop")
    .example("etcd-recovery snapshot get snapshot.db configmap shop/settings --history")
    .exits(ExitCode.done, "printed");
  return readingExits(command, "the file is good, and does not hold the object, or it cannot be shown").does(
    get,
  );
}

async function get(name: string, kind: string, object: string, options: Options): Promise<void> {
  const wanted = { ...objectNamed(object, options.namespace), kind: kindNamed(kind) };
  const format = formatOf(options, options.history === true ? "table" : "yaml");
  const { revision } = options;
  await withInputs([name], options.quiet, async (file) => {
    const [read, onProgress] = reading(file.name, options);
    const at = revision === undefined ? {} : { revision };
    const found = await getObject(file.path, { ...wanted, ...read, ...at }, onProgress);
    clearProgress();
    // What reads the object from standard output shall not find something else there.
    if (!found.valid) refuse(renamed(found.problem, file), "table");
    else if (options.history === true)
      show(
        format,
        () => columns(found.history.map((entry) => [entry.revision.toString(), entry.change])),
        () => ({
          history: found.history.map((entry) => ({ ...entry, revision: revisionToJson(entry.revision) })),
        }),
      );
    else if (format === "table") print(rowOf(found));
    else printObject(found, format, options);
  });
}

function parseRevision(text: string): bigint {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("A revision is a whole number.");
  return BigInt(text);
}

/** @throws UserError when the name has one namespace and the option another */
function objectNamed(text: string, namespace: string | undefined): { namespace?: string; name: string } {
  const slash = text.indexOf("/");
  if (slash < 0) return namespace === undefined ? { name: text } : { namespace, name: text };
  const own = { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
  if (namespace !== undefined && namespace !== own.namespace)
    throw new UserError(
      `${text} is in namespace ${own.namespace}, --namespace says ${namespace}.`,
      "Give one of them.",
    );
  return own;
}

/** As `kubectl get` lists it. */
function rowOf({ namespace, name, kind, apiVersion, revision }: FoundObject): string {
  const cells = [namespace, name, kind, apiVersion, revision.toString()].map(printable);
  const [head, row] = [["NAMESPACE", "NAME", "KIND", "API VERSION", "REVISION"], cells].map((all) =>
    namespace === "" ? all.slice(1) : all,
  );
  return columns([head ?? [], row ?? []]);
}

/** What cannot be decoded is not printed: applied to a cluster, its identity alone would empty the object there. */
function printObject(found: FoundObject, format: "json" | "yaml", { showManagedFields }: Options): void {
  const { kind, namespace, name, object, reason } = found;
  const named = printable(`${kind} ${namespace === "" ? name : `${namespace}/${name}`}`);
  const written = object === undefined ? { reason } : writeObject(object, format, showManagedFields === true);
  if (written.reason !== undefined) {
    process.stderr.write(`${named} cannot be shown: ${printable(written.reason)}.\n`);
    process.exitCode = ExitCode.failed;
    return;
  }
  const unknown = found.unknownFields?.map(({ path }) => path) ?? [];
  if (unknown.length > 0)
    process.stderr.write(
      `${named} is not whole: it has fields of a newer Kubernetes than this program knows, which are left out: ${printable(unknown.join(", "))}.\n`,
    );
  print(written.text);
}
