/** A longer body is cut in a line. */
const longestBody = 300;

/** What a line needs of a request. */
export interface LinedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly userAgent: string | undefined;
  readonly body: string;
}

/**
 * A step's request as one line, "STEP: TEXT", the step being "kubectl" for kubectl's own. Undefined for whoever else
 * asks: Pulumi's provider, the program itself, a test; and where kubectl asks which kinds there are, which it does only
 * when it does not remember.
 */
export function requestLine(request: LinedRequest): string | undefined {
  const step = stepOf(request.userAgent ?? "");
  if (step === undefined) return undefined;
  const isDiscovery = shortPath(request.url.split("?")[0] ?? "").startsWith("/");
  if (step === "kubectl" && isDiscovery) return undefined;
  const line = `${step}: ${textOf(request)}`;
  return line.replace(/\s+/g, " ").replace(/\p{Cc}/gu, "?");
}

function stepOf(userAgent: string): string | undefined {
  if (userAgent.startsWith("kubectl/")) return "kubectl";
  return /^etcd-recovery\/\S+ \(step ([^)]+)\)/.exec(userAgent)?.[1];
}

function textOf({ method, url, body }: LinedRequest): string {
  const [path = "", ...search] = url.split("?");
  const query = new URLSearchParams(search.join("?"));
  const short = shortPath(decoded(path));
  const pod = /^pods\/([^/]+)\/exec$/.exec(short)?.[1];
  if (pod !== undefined) {
    const container = query.get("container");
    const where = container === null ? [] : ["-c", container];
    return ["exec", pod, ...where, "--", ...query.getAll("command")].join(" ");
  }
  const asked = [...query].map(([key, value]) => `${key}=${value}`).join("&");
  return [method, asked === "" ? short : `${short}?${asked}`, body.slice(0, longestBody)].join(" ").trim();
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Without API group, version and namespace: as kubectl's users name it. What is no object keeps its whole path. */
function shortPath(path: string): string {
  const group = "(?:api/v1|apis/[^/]+/[^/]+)";
  const namespace = "(?:/namespaces/[^/]+(?=/(?!(?:status|finalize)$)))?";
  return new RegExp(`^/${group}${namespace}/(.+)$`).exec(path)?.[1] ?? path;
}
