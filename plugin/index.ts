// Read by Pulumi's analyzer, which finds arguments and outputs in the types; what runs is index.js beside it.
export {
  FinalizeNodesRestore,
  FinalizeRestore,
  HostedBackup,
  HostedRestore,
  MemberRepair,
  NodesMemberRepair,
  NodesRestore,
} from "etcd-recovery";
