# Removes what a restore made for itself: its utility Pods, their scripts, their wall. Run where no stack will
# (etcd-recovery undo, resume); with a stack, Pulumi does it.
CALL_SECONDS=90 kc delete pods,configmaps,networkpolicies -l "etcd-recovery/restore=$RESTORE_ID" --ignore-not-found --timeout=80s > /dev/null ||
  die "restore $RESTORE_ID is over, but its utility Pods are still there" \
    "kubectl --namespace $NAMESPACE delete pods,configmaps,networkpolicies -l etcd-recovery/restore=$RESTORE_ID"
say "utility Pods of restore $RESTORE_ID removed"
