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
}

/** Private keys as their files' content. Secret. */
export interface SshKeys {
  readonly privateKey: string;
  /** Default: the same. */
  readonly jumpPrivateKey?: string | undefined;
}
