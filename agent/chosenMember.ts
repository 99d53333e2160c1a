import { readFile } from "node:fs/promises";
import { FailedError, UserError } from "../components/errors";
import { chooseMember } from "../components/memberChoice";
import type { AgentSettings } from "./agentSettings";
import type { Say } from "./events";
import { type ClientTls, EtcdConnection, type EtcdStatus } from "./rpc/etcdConnection";

const STATUS_SECONDS = 5;

/** A member that a snapshot may be taken from. The connection must be closed. */
export interface ChosenMember extends EtcdStatus {
  readonly name: string;
  readonly connection: EtcdConnection;
}

/** Asks every member for its status, all at once, and chooses one. @throws FailedError when there is no quorum */
export async function connectToMember(
  { members, tls }: Pick<AgentSettings, "members" | "tls">,
  say: Say,
): Promise<ChosenMember> {
  const files = await readTls(tls);
  const connections = members.map(({ name, url }) => new EtcdConnection(name, url, files));
  const asked = connections.map(async (connection) => {
    try {
      return [{ ...(await connection.status(STATUS_SECONDS)), name: connection.name, connection }];
    } catch (error) {
      say("member-silent", { member: connection.name, why: (error as Error).message });
      return [];
    }
  });
  const answers = (await Promise.all(asked)).flat();
  const choice = chooseMember(answers, members.length);
  for (const connection of connections) if (connection !== choice.best?.connection) connection.close();
  if (choice.best !== undefined) return choice.best;
  throw new FailedError(`members: ${choice.problem}.`, "Mend etcd first; a restore needs an older backup.");
}

/** Read anew by every run: certificates are renewed. */
async function readTls(paths: AgentSettings["tls"]): Promise<ClientTls> {
  const read = async (name: keyof AgentSettings["tls"]) => {
    try {
      return await readFile(paths[name]);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new UserError(`tls.${name}: ${paths[name]} cannot be read: ${code}.`, `ls -l '${paths[name]}'`);
    }
  };
  const [ca, cert, key] = await Promise.all([read("ca"), read("cert"), read("key")]);
  return { ca, cert, key };
}
