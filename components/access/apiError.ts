/** What kind of no an API server, or the way to it, gave. */
export type ApiErrorKind =
  /** No connection was made. */
  | "unreachable"
  /** The call's deadline passed. */
  | "timeout"
  /** The server's certificate is not signed by the authority of the kubeconfig, or names another server. */
  | "untrusted"
  /** The credentials were refused, or could not be obtained. */
  | "unauthenticated"
  | "forbidden"
  | "notFound"
  | "conflict"
  | "alreadyExists"
  /** The server understood the request and will never carry it out as it is. */
  | "invalid"
  | "throttled"
  /** The server, or something on the way to it, failed. */
  | "server"
  /** The connection ended before the answer was whole. */
  | "interrupted";

/** What is known of a failed call besides its sentence. */
export interface ApiErrorFacts {
  /** HTTP status of the answer, where there was one. */
  readonly status?: number;
  /** The Status object's reason, e.g. "NotFound". */
  readonly reason?: string;
  /** Whether a write may have been carried out although the call failed. */
  readonly sent: boolean;
}

/** A call of an API server that failed: one sentence, without secrets. */
export class ApiError extends Error {
  readonly kind: ApiErrorKind;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  /** Whether a write may have been carried out; false for reads. If true, ask what is there before another try. */
  readonly sent: boolean;

  constructor(kind: ApiErrorKind, message: string, { status, reason, sent }: ApiErrorFacts) {
    super(message);
    this.name = "ApiError";
    this.kind = kind;
    this.status = status;
    this.reason = reason;
    this.sent = sent;
  }
}

/** Whether a call failed without an answer, which says neither yes nor no; another one, a moment later, may have one. */
export const isUnanswered = (error: unknown): error is ApiError =>
  error instanceof ApiError && unanswered.includes(error.kind);

const unanswered: readonly ApiErrorKind[] = ["unreachable", "timeout", "interrupted", "throttled"];

/** How far a write got. Set by the connection as soon as the server may have read the request. */
export interface Dispatch {
  readonly write: boolean;
  sent: boolean;
}

const byStatus: Readonly<Record<number, ApiErrorKind>> = {
  401: "unauthenticated",
  403: "forbidden",
  404: "notFound",
  409: "conflict",
  429: "throttled",
};

/** The error of an answer whose status is not 2xx. @param body the Status object, or any text */
export function refusalOf(status: number, statusText: string, body: string, write: boolean): ApiError {
  const { reason, message } = statusObject(body);
  const kind =
    reason === "AlreadyExists"
      ? "alreadyExists"
      : (byStatus[status] ?? (status >= 400 && status < 500 ? "invalid" : "server"));
  const sentence = message ?? `the server answered ${status} ${statusText}`.trim();
  // After an answer of 5xx nobody knows; after any other the server says that it did nothing.
  return new ApiError(kind, sentence, { status, reason, sent: write && status >= 500 });
}

function statusObject(body: string): { reason?: string; message?: string } {
  try {
    const { kind, reason, message } = JSON.parse(body) as Record<string, unknown>;
    if (kind !== "Status") return {};
    return {
      ...(typeof reason === "string" && reason ? { reason } : {}),
      ...(typeof message === "string" && message ? { message: oneSentence(message) } : {}),
    };
  } catch {
    return {};
  }
}

const untrusted = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "PATH_LENGTH_EXCEEDED",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
/** A server ends the handshake so when it does not accept the client's certificate. */
const certificateRefused =
  /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;

/** The error of a connection that failed. */
export function connectionError(cause: unknown, dispatch: Dispatch): ApiError {
  if (cause instanceof ApiError) return cause;
  const { code = "", message } = flattened(cause);
  const sent = dispatch.write && dispatch.sent;
  if (untrusted.has(code)) return new ApiError("untrusted", oneSentence(message), { sent: false });
  if (certificateRefused.test(code))
    return new ApiError("unauthenticated", "the server refused the client certificate", { sent });
  return new ApiError(dispatch.sent ? "interrupted" : "unreachable", oneSentence(message), { sent });
}

/** Several addresses tried in vain are one error with one inside for each. */
function flattened(cause: unknown): { code?: string; message: string } {
  const error = cause instanceof AggregateError && cause.errors.length > 0 ? cause.errors[0] : cause;
  const { code, message } = error as NodeJS.ErrnoException;
  return { ...(code === undefined ? {} : { code }), message: message || String(error) };
}

/** Without line breaks, and not endless. */
export function oneSentence(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 600 ? `${line.slice(0, 600)}…` : line;
}
