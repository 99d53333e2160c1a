import {
  type handleUnaryCall,
  Metadata,
  type ServerUnaryCall,
  StatusBuilder,
  type StatusObject,
  status,
} from "@grpc/grpc-js";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { InitializationError } from "./provider";
import type { PropertyMap } from "./values";

/** Reads a property map off the wire; an absent one is empty. */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  return (struct?.toJavaScript() ?? {}) as PropertyMap;
}

export function toStruct(map: PropertyMap): Struct {
  return Struct.fromJavaScript(map as { [key: string]: JavaScriptValue });
}

/** What gRPC tells the engine of a failed operation: the message, and the state of a resource that exists all the same. */
export function toStatus(error: unknown): Partial<StatusObject> {
  const message = error instanceof Error ? error.message : String(error);
  const builder = new StatusBuilder().withCode(status.UNKNOWN).withDetails(message);
  return error instanceof InitializationError
    ? builder.withMetadata(initializationDetails(error)).build()
    : builder.build();
}

function initializationDetails(error: InitializationError): Metadata {
  const detail = new ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(toStruct(error.properties));
  detail.setInputs(toStruct(error.inputs));
  detail.setReasonsList([...error.reasons]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const full = new Status();
  full.setCode(status.UNKNOWN);
  full.setMessage(error.message);
  full.addDetails(packed);
  const metadata = new Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(full.serializeBinary()));
  return metadata;
}

/** Answers a call by an async function; what it throws becomes the call's failure. */
export function unary<Request, Response>(
  work: (request: Request, call: ServerUnaryCall<Request, Response>) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    work(call.request, call).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toStatus(error)),
    );
  };
}

/** Refuses a call that a stand-in does not have. */
export function absent(what: string): handleUnaryCall<unknown, unknown> {
  return unary(() => Promise.reject(new Error(`${what} is not implemented by the stand-in`)));
}
