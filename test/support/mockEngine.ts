import * as pulumi from "@pulumi/pulumi";

/** One resource as the program registered it, options included. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** Name of the parent; undefined at the root. */
  readonly parent: string | undefined;
  /** Names of what it waits for, through components to the resources themselves. */
  readonly dependsOn: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly deleteBeforeReplace: boolean;
  readonly retainOnDelete: boolean;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
}

export interface MockEngine {
  readonly registrations: readonly Registration[];
  /** Resolves when every resource of the program has been registered. */
  settled(): Promise<void>;
  /** Everything that the named resource waits for, directly or not. */
  before(name: string): ReadonlySet<string>;
}

type Outputs = (args: pulumi.runtime.MockResourceArgs) => Record<string, unknown>;

/** The parts of a registration request that the SDK passes to its monitor; generated code, so without declarations. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getDeletebeforereplace(): boolean;
  getRetainondelete(): boolean;
  getProtect(): boolean;
  getIgnorechangesList(): string[];
}

interface Monitor {
  registerResource(request: RegisterRequest, done: unknown): Promise<void>;
}

const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

/**
 * The SDK's mocks, with the options of every resource recorded. Call before importing the code under test.
 *
 * Leans on the SDK's internal monitor: test/graph/mockEngine.test.ts fails loudly when an upgrade moves it.
 *
 * @param outputsOf outputs beside the inputs, e.g. a Command's stdout
 */
export async function startMockEngine(outputsOf: Outputs = () => ({})): Promise<MockEngine> {
  const registrations: Registration[] = [];
  const inputs = new Map<string, Record<string, unknown>>();
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        inputs.set(`${args.type}/${args.name}`, args.inputs);
        return { id: args.custom ? `${args.name}-id` : "", state: { ...args.inputs, ...outputsOf(args) } };
      },
      call: (args) => args.inputs,
    },
    "etcd-recovery",
    "test",
    false,
  );
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = async (request, done) => {
    await register(request, done);
    registrations.push({
      type: request.getType(),
      name: request.getName(),
      parent: request.getParent() === "" ? undefined : nameOf(request.getParent()),
      dependsOn: request.getDependenciesList().map(nameOf),
      inputs: inputs.get(`${request.getType()}/${request.getName()}`) ?? {},
      deleteBeforeReplace: request.getDeletebeforereplace(),
      retainOnDelete: request.getRetainondelete(),
      protect: request.getProtect(),
      ignoreChanges: request.getIgnorechangesList(),
    });
  };
  return {
    registrations,
    settled: () => (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs(),
    before: (name) => predecessors(registrations, name),
  };
}

function predecessors(registrations: readonly Registration[], name: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [name];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const previous of registrations.find((r) => r.name === next)?.dependsOn ?? []) {
      if (!seen.has(previous)) queue.push(previous);
      seen.add(previous);
    }
  }
  return seen;
}
