# Shared by deploy/demo, deploy/test and deploy/bench: set-up that can be done twice. Source it, don't run it.
set -euo pipefail
root_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
configuration=${CONFIGURATION:-Release}

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

need_root() {
  [ "$(id -u)" = 0 ] || die "$0 needs root: it makes mounts, namespaces, cgroups and nftables rules. Run it with sudo."
}

# Installs the Debian packages that are missing.
need_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  say "Installing ${missing[*]} …"
  apt-get update -qq || say "The package lists could not be renewed; trying with those at hand."
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    die "Could not install ${missing[*]}: see the lines above."
}

# What runs a device: network rules, namespaces, the slots' init.
device_packages=(nftables iproute2 util-linux tini busybox-static)
# What prepares images and checks the registry.
image_packages=(dpkg openssl ca-certificates skopeo)

# What clients that others wrote are made of: Python's gRPC with its generator, Node.js unless there is one, and JSON in a shell.
client_packages=(curl jq protobuf-compiler protobuf-compiler-grpc python3-grpcio)
{ command -v node && command -v npm; } >/dev/null || client_packages+=(nodejs npm)

# unpacked PACKAGE: where a Debian package's files are, without installing it: a service in it isn't started.
unpacked() {
  local to=$root_dir/artifacts/debian/$1
  if [ ! -d "$to" ]; then
    rm -rf "$to.part" && mkdir -p "$to.part"
    (cd "$to.part" && { apt-get download -qq "$1" || { apt-get update -qq && apt-get download -qq "$1"; }; } && dpkg -x ./*.deb . && rm ./*.deb) >&2 || return
    mv "$to.part" "$to"
  fi
  printf '%s' "$to"
}

need_dotnet() {
  command -v dotnet >/dev/null || die "The .NET 10 SDK is missing: install it so that 'dotnet --version' answers."
}

# build [ENGINE] [PROJECT]: once for all that follows.
build() {
  local engine=${1:-Embedded} project=${2:-$root_dir/Fleet.sln}
  local said
  said=$(dotnet build "$project" -c "$configuration" -p:Engine="$engine" -nologo -v quiet) || { say "$said"; return 1; }
}

# bin ENGINE PROJECT: where that project's output is.
bin() { printf '%s/artifacts/%s/bin/%s/%s' "$root_dir" "$1" "$2" "$(printf '%s' "$configuration" | tr '[:upper:]' '[:lower:]')"; }
