import type { OutgoingHttpHeaders } from "node:http";
import { UserError } from "../errors";
import { type ClusterAccess, fieldsOf, listOf, material, textOf } from "./clusterAccess";
import { execCredential, forgetCredential } from "./execCredential";
import { readBeside } from "./kubeconfig/kubeconfigFile";

/** Who asks, as one request shows it. */
export interface Identity {
  readonly headers: OutgoingHttpHeaders;
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
}

/** The credentials of a kubeconfig's user. */
export interface Credentials {
  /** Asked before each request: tokens are renewed while a long operation runs. @throws ApiError, UserError */
  current(): Promise<Identity>;
  /** To be told of an answer of 401. @returns whether the next {@link current} may give other ones */
  refused(): boolean;
}

/** As kubectl has it: certificate, token, token file, basic, plugin, and who is impersonated. @throws UserError */
export function credentialsOf(access: ClusterAccess): Credentials {
  const { user, file } = access;
  if (user["auth-provider"] !== undefined) {
    const { name } = fieldsOf(user["auth-provider"]);
    throw new UserError(
      `${file.key}: ${file.path}: auth-provider ${String(name)} is no longer known to Kubernetes.`,
      "Let the user name a credential plugin (exec), a token or a certificate.",
    );
  }
  const headers = impersonation(user);
  const cert = material(user, "client-certificate", file);
  const key = material(user, "client-key", file);
  const viaPlugin = user.exec !== undefined && user.exec !== null;
  return {
    async current() {
      if (viaPlugin) return identityOf(await execCredential(access), headers);
      const authorization = authorizationOf(access);
      return { headers: { ...headers, ...authorization }, cert, key };
    },
    refused() {
      if (viaPlugin) forgetCredential(access);
      return viaPlugin || textOf(user.tokenFile) !== undefined;
    },
  };
}

function identityOf(
  { token, cert, key }: { token?: string; cert?: string; key?: string },
  headers: OutgoingHttpHeaders,
): Identity {
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return { headers: { ...headers, ...authorization }, cert, key };
}

/** A token's file is read each time: who rotates it writes it anew. */
function authorizationOf({ user, file }: ClusterAccess): OutgoingHttpHeaders {
  const tokenFile = textOf(user.tokenFile);
  const fromFile = tokenFile && readBeside(tokenFile, "tokenFile", file).toString().trim();
  const token = fromFile || textOf(user.token);
  if (token) return { Authorization: `Bearer ${token}` };
  const name = textOf(user.username);
  if (name === undefined) return {};
  const pair = Buffer.from(`${name}:${textOf(user.password) ?? ""}`).toString("base64");
  return { Authorization: `Basic ${pair}` };
}

function impersonation(user: ClusterAccess["user"]): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  const [name, uid] = [textOf(user.as), textOf(user["as-uid"])];
  if (name !== undefined) headers["Impersonate-User"] = name;
  if (uid !== undefined) headers["Impersonate-Uid"] = uid;
  const groups = listOf(user["as-groups"] ?? user["as-group"]).map(String);
  if (groups.length > 0) headers["Impersonate-Group"] = groups;
  for (const [extra, values] of Object.entries(fieldsOf(user["as-user-extra"])))
    headers[`Impersonate-Extra-${encodeURIComponent(extra)}`] = listOf(values).map(String);
  return headers;
}
