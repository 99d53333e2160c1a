import type { CheckFailure } from "../rpc/provider";
import {
  isMap,
  isSecret,
  isUnknown,
  type PropertyMap,
  type PropertyValue,
  plain,
  secret,
} from "../rpc/values";
import { checkFields, type Fields } from "./inputs";

const connectionDefaults: PropertyMap = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };

const hostFields: Fields = {
  host: "string",
  port: "number",
  user: "string",
  password: "string",
  privateKey: "string",
  privateKeyPassword: "string",
  agentSocketPath: "string",
  hostKey: "string",
  dialErrorLimit: "number",
  perDialTimeout: "number",
};
const connectionFields: Fields = { ...hostFields, proxy: "connection" };

/** The input `connection` with its defaults, secret as a whole, also where the program forgot to say so. */
export function completeConnection(given: PropertyValue | undefined): PropertyValue | undefined {
  if (given === undefined || isUnknown(given)) {
    return given;
  }
  const connection = isSecret(given) && isMap(given) ? given.value : given;
  if (!isMap(connection)) {
    return given;
  }
  const { proxy } = connection;
  const completed = { ...connectionDefaults, ...connection };
  const isPlain = isMap(proxy) && !isSecret(proxy);
  return secret(isPlain ? { ...completed, proxy: { ...connectionDefaults, ...proxy } } : completed);
}

/** What is wrong with a connection. */
export function checkConnection(token: string, given: PropertyValue | undefined): CheckFailure[] {
  if (given === undefined) {
    return [{ property: "connection", reason: `Missing required property 'connection' on '${token}'` }];
  }
  const connection = plain(given);
  if (!isMap(connection)) {
    return [];
  }
  const { proxy } = connection;
  return [
    ...hostFailures(`${token} connection`, connectionFields, connection),
    ...(isMap(proxy) ? hostFailures(`${token} connection.proxy`, hostFields, proxy) : []),
  ].map(({ reason }) => ({ property: "connection", reason }));
}

function hostFailures(token: string, fields: Fields, host: PropertyMap): CheckFailure[] {
  const missing = { property: "host", reason: `Missing required property 'host' on '${token}'` };
  return [...checkFields(token, fields, host), ...(host.host === undefined ? [missing] : [])];
}
