/** Why nobody is proven to Google, and what mends it. */
export interface CredentialsProblem {
  readonly sentence: string;
  readonly remedy: string;
}

interface Cause {
  readonly message?: string;
  readonly config?: { readonly url?: string | URL };
}

const LOGIN = "gcloud auth application-default login   or set GOOGLE_APPLICATION_CREDENTIALS";
const FEDERATION =
  "Compare the token's issuer, subject and audience with vault.federation: docs/reference/vault.md";

/**
 * What failed before the service itself was asked; undefined when nothing did. Words of Google's security token service
 * (RFC 8693, RFC 6749 section 5.2), of the impersonation after it, and of the client library.
 */
export function credentialsProblem(cause: unknown): CredentialsProblem | undefined {
  const { message = String(cause), config } = cause as Cause;
  const text = withoutTokens(message);
  const [, code, said] = /^Error code (\w+)(?:: (.*))?$/s.exec(text) ?? [];
  if (code !== undefined)
    return {
      sentence: `the token was not exchanged for one of Google's: ${said ?? "no reason was given"} (${code})`,
      remedy: FEDERATION,
    };
  if (
    /:generateAccessToken\b/.test(String(config?.url ?? "")) ||
    /serviceAccounts\.getAccessToken/.test(text)
  )
    return {
      sentence: `the token was exchanged, but may not stand for its service account: ${text}`,
      remedy: "It needs roles/iam.workloadIdentityUser on that account: vault.federation of the stack",
    };
  const [, file] = /The file at (.+?) does not exist, or it is not a file/.exec(text) ?? [];
  if (file !== undefined)
    return { sentence: `the credentials name ${file}, which is not there`, remedy: `ls -l '${file}'` };
  if (/default credentials|invalid_grant|reauth|could not refresh access token/i.test(text))
    return { sentence: "there are no credentials for Google Cloud", remedy: LOGIN };
  return undefined;
}

/** No answer should quote one; a log is no place to find out. */
const withoutTokens = (text: string): string => text.replace(/\beyJ[\w-]+(\.[\w-]*)*/g, "(token)");
