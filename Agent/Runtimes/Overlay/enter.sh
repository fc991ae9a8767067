# Runs as the first process of a slot, in its new namespaces, with a static busybox alone: after the change of root no
# program of the host is in reach. Ends as the slot's init.
set -eu
umask 022

hostname "$FLEET_HOSTNAME"
cd "$FLEET_LAYERS"
mount -t overlay -o "lowerdir=$FLEET_LOWER,upperdir=$FLEET_UPPER,workdir=$FLEET_WORK" overlay "$FLEET_ROOT"
cd "$FLEET_ROOT"
for directory in proc dev sys tmp; do [ -d "$directory" ] || mkdir "$directory"; done

mount -t proc -o nosuid,nodev,noexec proc proc
for path in proc/sys proc/irq proc/bus proc/fs proc/sysrq-trigger; do
  if [ -e "$path" ]; then mount -o bind "$path" "$path"; mount -o remount,bind,ro,nosuid,nodev,noexec "$path"; fi
done

mount -t tmpfs -o nosuid,mode=755,size=64k tmpfs dev
node() { mknod -m 666 "dev/$1" c "$2" "$3"; }
node null 1 3; node zero 1 5; node full 1 7; node random 1 8; node urandom 1 9; node tty 5 0
mkdir dev/pts dev/shm dev/.fleet dev/.fleet/host
mount -t devpts -o nosuid,noexec,newinstance,ptmxmode=0666,mode=0620 devpts dev/pts
mount -t tmpfs -o nosuid,nodev,noexec,mode=1777,size=64m shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
tool() { : > "dev/.fleet/$1"; mount -o bind "$2" "dev/.fleet/$1"; mount -o remount,bind,ro,nosuid "dev/.fleet/$1"; }
tool init "$FLEET_INIT"
tool busybox "$FLEET_BUSYBOX"
for path in proc/kcore proc/keys proc/timer_list; do [ ! -e "$path" ] || mount -o bind dev/null "$path"; done
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs tmp

pivot_root . dev/.fleet/host
cd /
# Inside the new root, so that links in the image lead nowhere else. A new volume begins as what the image has
# there, and is not there before it has all of it: '_' is in no volume's name.
while [ "$1" != -- ]; do
  volume=/dev/.fleet/host$1; path=$2; shift 2
  mkdir -p "$path"
  if [ ! -d "$volume" ]; then
    rm -rf "${volume}_new"
    mkdir "${volume}_new"
    cp -a "$path/." "${volume}_new/"
    sync
    mv "${volume}_new" "$volume"
    sync
  fi
  mount -o bind "$volume" "$path"
done
shift
if [ -e /etc/resolv.conf ] && [ -e /dev/.fleet/host/etc/resolv.conf ]; then mount -o bind,ro /dev/.fleet/host/etc/resolv.conf /etc/resolv.conf; fi
umount -l /dev/.fleet/host
rmdir /dev/.fleet/host
mount -o remount,ro,nosuid /dev
cd "$FLEET_DIRECTORY"
exec env -i "$@"
