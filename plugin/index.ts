// Read by Pulumi's analyzer, which finds arguments and outputs in the types; what runs is index.js beside it.
export { FinalizeRestore, HostedBackup, HostedRestore, MemberRepair } from "etcd-recovery";
