import type { iam, serviceaccount } from "@pulumi/gcp";
import * as pulumi from "@pulumi/pulumi";
import { readJwks } from "../jwks";
import { type Declaring, digestOf } from "./declared";
import { type Accounts, roles, type VaultRole } from "./identities";

/** Where the projected token of a Pod lies. */
export const TOKEN_FILE = "/var/run/secrets/etcd-recovery/token";

/** Tokens of the cluster's ServiceAccounts stand for the vault's identities, one each; nobody holds a key file. */
export function declareFederation(
  { parent, name, settings }: Declaring,
  accounts: Accounts,
): pulumi.Output<Partial<Record<VaultRole, string>>> {
  const { federation, project } = settings;
  if (federation === undefined) return pulumi.output({});
  const gcp = {
    iam: require("@pulumi/gcp/iam") as typeof iam,
    serviceaccount: require("@pulumi/gcp/serviceaccount") as typeof serviceaccount,
  };
  const given = [...roles, "watcher" as const].flatMap((role) => {
    const subject = federation[role];
    const account = accounts[role];
    return subject === undefined || account === undefined
      ? []
      : [{ role, account, subject: `system:serviceaccount:${subject.replace("/", ":")}` }];
  });
  const pool = new gcp.iam.WorkloadIdentityPool(
    `${name}-pool`,
    { project, workloadIdentityPoolId: poolId(settings.bucket), displayName: "etcd backups" },
    { parent },
  );
  const { json } = readJwks(federation.jwks) as { readonly json: string };
  const provider = new gcp.iam.WorkloadIdentityPoolProvider(
    `${name}-cluster`,
    {
      project,
      workloadIdentityPoolId: pool.workloadIdentityPoolId,
      workloadIdentityPoolProviderId: "cluster",
      displayName: "Kubernetes",
      oidc: { issuerUri: federation.issuer, jwksJson: json },
      attributeMapping: { "google.subject": "assertion.sub" },
      attributeCondition: `assertion.sub in [${given.map(({ subject }) => `"${subject}"`).join(", ")}]`,
    },
    { parent },
  );
  for (const { role, account, subject } of given)
    new gcp.serviceaccount.IAMMember(
      `${name}-${role}-pod`,
      {
        serviceAccountId: account.name,
        role: "roles/iam.workloadIdentityUser",
        member: pulumi.interpolate`principal://iam.googleapis.com/${pool.name}/subject/${subject}`,
      },
      { parent },
    );
  const files = given.map(({ role, account }) =>
    pulumi
      .all([provider.name, account.email])
      .apply(([at, email]) => [role, credentials(at, email)] as const),
  );
  return pulumi.all(files).apply((all) => Object.fromEntries(all));
}

/** What the client libraries read: where the token is, and whom it stands for. */
function credentials(provider: string, email: string): string {
  return JSON.stringify({
    type: "external_account",
    audience: `//iam.googleapis.com/${provider}`,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: "https://sts.googleapis.com/v1/token",
    service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
    credential_source: { file: TOKEN_FILE },
  });
}

/** 4 to 32 characters, and one that was deleted cannot be had again for a month: told apart by the bucket. */
const poolId = (bucket: string): string => `etcd-${digestOf(bucket)}`;
