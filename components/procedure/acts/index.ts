import type { Act } from "../act";
import { bindSnapshot } from "./bindSnapshot";
import { commit } from "./commit";
import { confirm } from "./confirm";
import { guard } from "./guard";
import { locatePrevious } from "./locatePrevious";
import { scaleDownMaintenance, scaleUpMaintenance } from "./maintenance";
import { stagePki, swapPki } from "./pki";
import { preflight } from "./preflight";
import { fence } from "./quarantine/fence";
import { openFence } from "./quarantine/openFence";
import { quarantine } from "./quarantine/quarantine";
import { release } from "./release";
import { removePdb } from "./removePdb";
import { removePrevious } from "./removePrevious";
import { adoptMember } from "./repair/adoptMember";
import { awaitMember } from "./repair/awaitMember";
import { holdMember } from "./repair/holdMember";
import { replaceMember } from "./repair/replaceMember";
import { seedMember } from "./repair/seedMember";
import { verifyMember } from "./repair/verifyMember";
import { restorePdb } from "./restorePdb";
import { savePdb } from "./savePdb";
import { scaleUpApiServers } from "./scaleUpApiServers";
import { scaleUpEtcd } from "./scaleUpEtcd";
import { scaleDownApiServers, scaleDownEtcd } from "./servers";
import { stage } from "./stage";
import { startControllers } from "./startControllers";
import { stopControllers } from "./stopControllers";
import { swap } from "./swap";
import { transfer } from "./transfer";
import { undo } from "./undo";
import { verifyEtcd } from "./verifyEtcd";

/** What each row of the table of phases does, by its name; and `undo`, which the guard's deletion runs. */
export const acts: Readonly<Record<string, Act>> = {
  preflight,
  guard,
  "bind-snapshot": bindSnapshot,
  "locate-previous": locatePrevious,
  transfer,
  stage,
  "stage-pki": stagePki,
  confirm,
  "save-pdb": savePdb,
  "stop-controllers": stopControllers,
  "remove-pdb": removePdb,
  "scale-down-maintenance": scaleDownMaintenance,
  "scale-down-apiservers": scaleDownApiServers,
  "scale-down-etcd": scaleDownEtcd,
  swap,
  "swap-pki": swapPki,
  "scale-up-etcd": scaleUpEtcd,
  "verify-etcd": verifyEtcd,
  fence,
  "scale-up-apiservers": scaleUpApiServers,
  quarantine,
  "open-fence": openFence,
  commit,
  "start-controllers": startControllers,
  "scale-up-maintenance": scaleUpMaintenance,
  "restore-pdb": restorePdb,
  release,
  "hold-member": holdMember,
  "replace-member": replaceMember,
  "seed-member": seedMember,
  "adopt-member": adoptMember,
  "await-member": awaitMember,
  "verify-member": verifyMember,
  "remove-previous": removePrevious,
  undo,
};
