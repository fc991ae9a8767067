# Runs one command of the image inside a running slot, within its limits and with no more rights than the service has.
set -eu
echo "$FLEET_CGROUPS" | while read -r cgroup; do echo $$ > "$cgroup/cgroup.procs"; done
exec setpriv --inh-caps "$FLEET_INHERITED" setpriv --bounding-set "$FLEET_BOUNDING" \
  nsenter --target "$FLEET_PID" --mount --uts --ipc --net --pid --cgroup \
  /dev/.fleet/busybox env -i "$@"
