import { BlockList, isIP, isIPv6 } from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy that the environment names for a server, by the rules of kubectl (Go's net/http): HTTPS_PROXY or
 * HTTP_PROXY, unless NO_PROXY has the server, or the server is this machine.
 */
export function environmentProxy(server: URL, environment: Environment = process.env): URL | undefined {
  const name = server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = either(environment, name);
  if (proxy === undefined || isExcepted(server, either(environment, "NO_PROXY") ?? "")) return undefined;
  const text = proxy.includes("://") ? proxy : `http://${proxy}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}

function either(environment: Environment, name: string): string | undefined {
  return environment[name] || environment[name.toLowerCase()] || undefined;
}

function isExcepted(server: URL, exceptions: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (host === "localhost" || isLoopback(host)) return true;
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  return exceptions
    .split(",")
    .map((exception) => exception.trim().toLowerCase())
    .some((exception) => exception !== "" && matches(exception, host, port));
}

function isLoopback(host: string): boolean {
  return isIP(host) !== 0 && (inNetwork(host, "127.0.0.0/8") || host === "::1");
}

/** An exception is "*", an address, a network, or a domain (with a dot before it, only what is below it). */
function matches(exception: string, host: string, port: string): boolean {
  if (exception === "*") return true;
  if (exception.includes("/")) return inNetwork(host, exception);
  const [name, itsPort] = splitPort(exception);
  if (itsPort !== undefined && itsPort !== port) return false;
  if (name.startsWith("*.")) return host.endsWith(name.slice(1));
  if (name.startsWith(".")) return host.endsWith(name);
  return host === name || (isIP(host) === 0 && host.endsWith(`.${name}`));
}

function splitPort(exception: string): [name: string, port: string | undefined] {
  if (isIPv6(exception)) return [exception, undefined];
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(exception) ?? [];
  return [bracketed ?? plain ?? exception, port];
}

function inNetwork(host: string, network: string): boolean {
  const [address = "", bits = ""] = network.split("/");
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const type = family === 4 ? "ipv4" : "ipv6";
  list.addSubnet(address, Number(bits), type);
  return list.check(host, type);
}
