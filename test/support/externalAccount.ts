import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A file of credentials as workload identity federation has it for a Pod: its own token, which is exchanged for one of Google's.
 *
 * @param directory where the files are made, with this name. @param sts HOST:PORT of who exchanges it
 * @returns the path of the file of credentials
 */
export function externalAccount(directory: string, name: string, sts: string, token: string): string {
  const tokenFile = join(directory, `${name}.token`);
  writeFileSync(tokenFile, token);
  const credentials = {
    ...{ type: "external_account", audience: "//iam.example/p" },
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `http://${sts}/token`,
    credential_source: { file: tokenFile },
  };
  const path = join(directory, `${name}.json`);
  writeFileSync(path, JSON.stringify(credentials));
  return path;
}
