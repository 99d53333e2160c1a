# What a program that restores can do.

# --bump-revision and --mark-compacted came with one release: where the one is, the other is.
can_bump() { "$@" snapshot restore --help 2>&1 | grep -q -e '--bump-revision'; }

# "etcdutl version: 3.6.14" as 3.6.14
version_of() { "$@" version 2> /dev/null | sed -n '1s/^.*version: *v\{0,1\}\([0-9][0-9.]*\).*$/\1/p'; }
