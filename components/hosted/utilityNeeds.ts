/** What a utility Pod asks of its namespace. */
export const utilityResources = { requests: { memory: "64Mi" }, limits: { memory: "4Gi" } } as const;

/** Root, since the data belongs to whomever etcd runs as; of root's powers only those that moving its files needs. */
export const utilityPowers = {
  runAsUser: 0,
  runAsGroup: 0,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"], add: ["CHOWN", "DAC_OVERRIDE", "FOWNER"] },
  seccompProfile: { type: "RuntimeDefault" },
};
