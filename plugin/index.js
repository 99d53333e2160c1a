// The components as a provider, for programs in other languages. Plain JavaScript: nothing compiles what is installed.
const { componentProviderHost } = require("@pulumi/pulumi/provider/experimental");
const {
  FinalizeNodesRestore,
  FinalizeRestore,
  HostedBackup,
  HostedRestore,
  MemberRepair,
  NodesMemberRepair,
  NodesRestore,
} = require("etcd-recovery");
const { version } = require("./package.json");

componentProviderHost({
  name: "etcd-recovery",
  version,
  dirname: __dirname,
  components: [
    FinalizeNodesRestore,
    FinalizeRestore,
    HostedBackup,
    HostedRestore,
    MemberRepair,
    NodesMemberRepair,
    NodesRestore,
  ],
});
