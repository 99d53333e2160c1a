import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** The engine's log. Messages arrive in the order in which they are sent. */
export class EngineLog {
  #client: EngineClient | undefined;
  #last: Promise<void> = Promise.resolve();

  /** @param address host and port; empty when the engine told none: then messages are dropped. */
  connect(address: string): void {
    if (address !== "") {
      this.#client = new EngineClient(address, credentials.createInsecure());
    }
  }

  /** Shows a message beside a resource; it is not kept in the list of diagnostics. */
  status(urn: string, severity: "info" | "warning", message: string): void {
    const client = this.#client;
    if (client === undefined) {
      return;
    }
    const request = new LogRequest();
    request.setSeverity(severity === "info" ? LogSeverity.INFO : LogSeverity.WARNING);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(true);
    this.#last = this.#last.then(() => new Promise((resolve) => client.log(request, () => resolve())));
  }

  /** Ends when everything that was sent has arrived or failed. */
  flush(): Promise<void> {
    return this.#last;
  }
}
