/**
 * The text of /bin/sh that finds the step program, run as `/bin/sh -c "$ETCD_RECOVERY" etcd-recovery ACT`. It looks
 * into ETCD_RECOVERY_HOME alone if that is set; else from the working directory upwards for a checkout or an installed
 * package; then on PATH. So no path of this machine is recorded, and `pulumi destroy` on another one finds its own.
 * Short, since every step's resource stores it.
 */
export const launcher = `f=bin/etcd-recovery-step.js h=$ETCD_RECOVERY_HOME d=$PWD
r(){ p=$1/$f;shift;[ -f "$p" ]&&exec node "$p" "$@";}
[ "$h" ]&&{ r "$h" "$@";echo "ETCD_RECOVERY_HOME: $h has no $f">&2;exit 2;}
while r "$d" "$@"||r "$d/node_modules/$0" "$@";[ "$d" ];do d=\${d%/*};done
command -v "$0">/dev/null&&exec "$0" step "$@"
echo "$0 not found: npm install $0, or set ETCD_RECOVERY_HOME">&2;exit 2`;
