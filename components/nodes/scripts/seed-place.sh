# The static Pod that makes a member's new log for a moment, beside the member's own. What the kubelet reads lies in
# memory: a machine that is started anew does not run it. Read after machine.sh.
# In:  MEMORY_DIRECTORY  root's own, on a file system in memory
memory=$MEMORY_DIRECTORY
seed=etcd-recovery-seed # of its file, and of its container
wanted=$manifests/$seed.yaml
text=$memory/$seed.yaml
