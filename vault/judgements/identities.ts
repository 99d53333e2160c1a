import { readJwks } from "../jwks";
import type { Contradiction, Judgement } from "./judgement";

/** No identity can do more than one thing; what proves it is public. */
export const judgeIdentities: Judgement = ({ federation, uploaderKey }) => {
  const found: Contradiction[] = [];
  if (federation !== undefined && uploaderKey !== undefined)
    found.push({
      keys: ["uploaderKey"],
      sentence: "a key file is the last resort, and federation is there",
      remedy: "pulumi config rm --path vault.uploaderKey",
    });
  if (federation === undefined) return found;
  const { uploader, reader, pruner, watcher } = federation;
  const roles = { uploader, reader, pruner, watcher };
  const given = Object.entries(roles).filter(([, subject]) => subject !== undefined);
  for (const [role, subject] of given) {
    const same = given.find(([other, one]) => one === subject && other < role);
    if (same !== undefined)
      found.push({
        keys: [`federation.${role}`],
        sentence: `ServiceAccount ${subject} would be ${same[0]} and ${role}: one that can do both can empty the vault or read it`,
        remedy: `pulumi config set --path vault.federation.${role} NAMESPACE/OTHER`,
      });
  }
  const jwks = readJwks(federation.jwks);
  if (jwks.problem !== undefined)
    found.push({
      keys: ["federation.jwks"],
      sentence: jwks.problem,
      remedy: 'pulumi config set --path vault.federation.jwks "$(kubectl get --raw /openid/v1/jwks)"',
    });
  return found;
};

/** Two regions lie on the continent that is the bucket's location. */
export const judgeRegions: Judgement = ({ location, regions }) => {
  const continents: Readonly<Record<string, string>> = { EU: "EUROPE-", US: "US-", ASIA: "ASIA-" };
  if (regions === undefined) return [];
  const begin = continents[location.toUpperCase()];
  const remedy = "pulumi config rm --path vault.regions";
  if (begin === undefined)
    return [
      {
        keys: ["location"],
        sentence: `two regions need a continent (EU, US, ASIA) as location, not ${location}`,
        remedy,
      },
    ];
  const [one, two] = regions.map((region) => region.toUpperCase());
  if (one === two) return [{ keys: ["regions"], sentence: `${one} twice is one region`, remedy }];
  const elsewhere = regions.filter((region) => !region.toUpperCase().startsWith(begin));
  return elsewhere.map((region) => ({
    keys: ["regions"],
    sentence: `${region} does not lie in ${location}`,
    remedy,
  }));
};
