# Starts one slot: run by the agent as root with /bin/sh, from the host's namespaces. Values arrive as FLEET_* variables and
# as arguments (the program to run in the slot), never inside the text of this script.
# Arguments: pairs of a volume's directory and its path in the slot, then "--", then what env(1) gets: the slot's
# environment and its command.
set -eu

# A network namespace with one veth pair. Its name lives only until the slot's init holds it.
: > "$FLEET_NET"
unshare --net="$FLEET_NET" true
ip link add "$FLEET_LINK" type veth peer name eth0 netns "$FLEET_NET"
ip address add "$FLEET_HOST_ADDRESS/30" dev "$FLEET_LINK"
ip link set "$FLEET_LINK" up
echo 1 > "/proc/sys/net/ipv4/conf/$FLEET_LINK/route_localnet"
echo 1 > "/proc/sys/net/ipv4/conf/$FLEET_LINK/forwarding"
nsenter --net="$FLEET_NET" "$FLEET_BUSYBOX" sh -eu -c '
  ip link set lo up
  ip address add "$FLEET_SLOT_ADDRESS/30" dev eth0
  ip link set eth0 up
  ip route add default via "$FLEET_HOST_ADDRESS"
  echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start'

# From here on everything that starts belongs to the slot's cgroup, whatever becomes of the agent.
echo "$FLEET_CGROUPS" | while read -r cgroup; do echo $$ > "$cgroup/cgroup.procs"; done

# The bounding set is what the service can ever have; mounting is inherited by the set-up alone, which drops it at the end.
exec setsid --fork nsenter --net="$FLEET_NET" \
  unshare --mount --propagation private --uts --ipc --pid --cgroup --fork \
  setpriv --inh-caps "$FLEET_INHERITED" setpriv --bounding-set "$FLEET_BOUNDING" \
  "$FLEET_BUSYBOX" sh "$FLEET_ENTER" "$@" < /dev/null >> "$FLEET_LOG" 2>&1
