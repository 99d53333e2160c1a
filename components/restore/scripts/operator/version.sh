# Versions as numbers.

# minor VERSION: 3.6.14 as 3006, which compares; nothing for what is no version.
minor() { printf '%s\n' "$1" | sed -n 's/^\([0-9]\{1,3\}\)\.\([0-9]\{1,3\}\).*$/\1 \2/p' | { read -r major_part minor_part && printf '%d' $((major_part * 1000 + minor_part)); } || true; }
