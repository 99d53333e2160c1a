/** An account of a machine that is reached by SSH. */
export interface SshEndpoint {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Its public host key as known_hosts has it, without a name: "ssh-ed25519 AAAA…". Nothing else is accepted. */
  readonly hostKey: string;
}

/** A machine, and the jump host that is the only way to it where there is one. */
export interface SshTarget extends SshEndpoint {
  /** Short name, for messages. */
  readonly name: string;
  readonly jump?: SshEndpoint | undefined;
  /** Whether the jump host is reached with a key of its own. Default false. */
  readonly jumpHasKey?: boolean;
  /** Whether the operator's ssh-agent opens the machine, and the jump host. Default: a private key does. */
  readonly byAgent?: boolean;
  readonly jumpByAgent?: boolean;
}

/** The operator's own ssh-agent, whose keys are used in place of one that is handed over. Nothing of it is secret. */
export interface AgentChoice {
  /** Absolute path of its socket. Default, and where nobody answers there: what SSH_AUTH_SOCK says when a key is needed. */
  readonly socket?: string | undefined;
  /** Of its keys only this one, as authorized_keys has it. Default: every one, in its order. */
  readonly publicKey?: string | undefined;
}

/** What opens machines and the jump host. Of `privateKey` and `agent` exactly one is given. */
export interface SshKeys {
  /** Content of a private key's file. Secret. */
  readonly privateKey?: string | undefined;
  readonly agent?: AgentChoice | undefined;
  /** For the jump host at most one of these. Default: as for the machines. */
  readonly jumpPrivateKey?: string | undefined;
  readonly jumpAgent?: AgentChoice | undefined;
}
