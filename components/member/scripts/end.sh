# Asks this Pod to end, whatever the marks say. What is on the volume stays as it is.  Result: "ending".
. "${0%/*}/volume.sh"
printf 'ending\n'
end_main
rm -f "$record"
