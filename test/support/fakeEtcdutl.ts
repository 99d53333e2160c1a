/** What a stub in etcdutl's place leaves; absent parts are what a whole restore leaves. */
export interface FakeMember {
  /** Content of member/snap/db. */
  readonly database: string;
  /** Commands that take something away again; `$m` is the member directory. */
  readonly ruin?: string;
  /** What it logs; default, what etcdutl logs of the new cluster. */
  readonly log?: string;
  readonly version?: string;
}

/** A database as long as what a restore makes of a snapshot of so many bytes: the same without the digest at its end. */
export function fakeDatabase(content: string, snapshotBytes: number): string {
  return content.padEnd(snapshotBytes - 32, ".");
}

/** Shell commands that make a member's directory below the data directory `$d`, as a restore does. */
export function makeMember({ database, ruin = ":", log = fakeLog("c0ffee") }: FakeMember): string {
  return `m=$d/member; mkdir -p "$m/snap" "$m/wal"; printf '%s' '${database}' > "$m/snap/db"
    echo raft > "$m/snap/0000000000000001-0000000000000001.snap"
    echo log > "$m/wal/0000000000000000-0000000000000000.wal"
    ${ruin}
    echo '${log}'`;
}

/** Etcdutl's line with the id of the new cluster. */
export function fakeLog(cluster: string): string {
  return `info added member {"cluster-id": "${cluster}", "local-member-id": "0"}`;
}

/** Body of a stub that always ends with 0, for Sandbox.stub. */
export function fakeEtcdutl(member: FakeMember): string {
  return `while [ $# -gt 0 ]; do
      case $1 in
        --data-dir) shift; d=$1 ;;
        --help) echo "--bump-revision"; exit 0 ;;
        version) echo "etcdutl version: ${member.version ?? "3.6.14"}"; exit 0 ;;
      esac
      shift
    done
    ${makeMember(member)}`;
}
