#!/usr/bin/env bash
# deploy/image/nginx.sh OUT [CACHE]: lays out what real nginx image versions are built of, from Debian packages alone.
#   OUT    gets recipes/{first,next,bad}.json for 'fleet image build', the trees and packages that they name, and
#          versions.json: which versions there are, and which packages make a hotfix
#   CACHE  keeps packages by their SHA-256 (default OUT/debs): old ones leave the archive
# Which versions: the oldest and the newest that the archive serves today, of a library that nginx really maps and of nginx.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# -ge 1 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
mkdir -p "$1" "${2:-$1/debs}"
out=$(cd "$1" && pwd) cache=$(cd "${2:-$1/debs}" && pwd)
scratch=$(mktemp -d)
chmod 711 "$scratch" # apt downloads as a user of its own
trap 'rm -rf "$scratch"' EXIT

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# What the archive serves of a few packages and of all that they need: package, version, SHA-256, names that it depends on.
read_index() {
  local names
  mapfile -t names < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    nginx busybox base-files base-passwd 2>/dev/null | grep '^[a-z0-9]' | sort -u)
  { apt-cache show "${names[@]}" 2>/dev/null || true; echo; } | awk -v OFS='\t' '
    /^Package: / { package = $2 }
    /^Version: / { version = $2 }
    /^SHA256: / { sum = $2 }
    /^(Pre-)?Depends: / { sub(/^[^:]*: /, ""); gsub(/\([^)]*\)/, ""); gsub(/[,|]/, " "); depends = depends " " $0 }
    /^$/ && sum != "" { print package, version, sum, depends }
    /^$/ { package = version = sum = depends = "" }' | sort -u >"$scratch/index"
}

# versions PACKAGE: what the archive serves, oldest first.
versions() {
  local known=() version i
  while read -r version; do
    for ((i = ${#known[@]}; i > 0; i--)); do dpkg --compare-versions "$version" lt "${known[i - 1]}" || break; done
    known=("${known[@]:0:i}" "$version" "${known[@]:i}")
  done < <(awk -F'\t' -v package="$1" '$1 == package { print $2 }' "$scratch/index" | sort -u)
  [ ${#known[@]} = 0 ] || printf '%s\n' "${known[@]}"
}
newest() { versions "$1" | tail -n 1; }
oldest() { versions "$1" | head -n 1; }

depends() { awk -F'\t' -v package="$1" '$1 == package { print $4 }' "$scratch/index" | tail -n 1; }

# cached PACKAGE VERSION: the path of its file in the cache; nothing when it is not there.
cached() {
  local sum
  sum=$(awk -F'\t' -v package="$1" -v version="$2" '$1 == package && $2 == version { print $3; exit }' "$scratch/index")
  [ -n "$sum" ] || die "The archive does not serve $1 $2."
  compgen -G "$cache/$sum/*.deb" || true
}

# fetch PACKAGE=VERSION…: brings what is not in the cache, all at once.
fetch() {
  local wanted=() one file sum
  for one in "$@"; do [ -n "$(cached "${one%%=*}" "${one#*=}")" ] || wanted+=("$one"); done
  [ ${#wanted[@]} -gt 0 ] || return 0
  rm -rf "$scratch/download" && mkdir -m 777 "$scratch/download"
  (cd "$scratch/download" && apt-get download -qq "${wanted[@]}" >&2) || die "Could not download ${wanted[*]}: are the package lists old? Try 'apt-get update'."
  for file in "$scratch/download"/*.deb; do
    sum=$(sha256sum "$file" | cut -d ' ' -f 1)
    mkdir -p "$cache/$sum"
    # By rename, so that an interrupted run leaves nothing half.
    cp "$file" "$cache/$sum/new" && mv "$cache/$sum/new" "$cache/$sum/$(basename "$file")"
  done
}

# deb PACKAGE VERSION: the path of its file, downloaded unless it is in the cache.
deb() {
  [ -n "$(cached "$1" "$2")" ] || fetch "$1=$2"
  [ -n "$(cached "$1" "$2")" ] || die "The download of $1 $2 is not what the archive's index says."
  cached "$1" "$2"
}

# missing TREE PROGRAM: libraries that the program needs and the tree lacks, as the tree's own loader says. It also looks where
# this machine has its libraries; what it finds there is missing all the same.
missing() {
  local tree=$1
  "$tree/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --inhibit-cache --library-path "$tree/lib/x86_64-linux-gnu:$tree/usr/lib/x86_64-linux-gnu" \
    --list "$tree/$2" 2>/dev/null | awk -v tree="$tree/" '$2 == "=>" && index($3, tree) != 1 { print $1 }'
}

# closure PROGRAM PACKAGE: the packages whose libraries the program needs, found by asking the loader until nothing is missing.
# Only what PACKAGE depends on, directly or not, is asked.
closure() {
  local program=$1 tree="$scratch/closure-$2" library wanted package file
  mkdir -p "$tree"
  dpkg-deb --extract "$(deb "$2" "$(newest "$2")")" "$tree"
  dpkg-deb --extract "$(deb libc6 "$(newest libc6)")" "$tree"
  local found=(libc6) asked=("$2")
  while library=$(missing "$tree" "$program" | head -n 1); [ -n "$library" ]; do
    wanted=''
    for package in $(for p in "${asked[@]}"; do depends "$p"; done); do
      [[ " ${found[*]} " != *" $package "* ]] || continue
      file=$(deb "$package" "$(newest "$package")")
      dpkg-deb --contents "$file" | grep "/$library\( \|\$\)" >/dev/null || continue
      dpkg-deb --extract "$file" "$tree"
      wanted=$package
      break
    done
    [ -n "$wanted" ] || die "No package that $2 depends on has $library."
    found+=("$wanted") asked+=("$wanted")
  done
  printf '%s\n' "${found[@]}"
}

# json TEXT…: the texts as a JSON array of strings; names of packages and files need no escapes.
json() { local all; all=$(printf '"%s", ' "$@"); printf '[%s]' "${all%, }"; }

label() { printf '%s' "$1" | tr '+~:' '_.-'; }

read_index
[ -n "$(versions nginx)" ] || { say "Fetching package lists …"; apt-get update -qq >&2 || true; read_index; }
[ -n "$(versions nginx)" ] || die "The archive serves no nginx: is there a Debian source in /etc/apt?"

say "Finding what nginx needs at run time …"
wanted=()
for package in nginx busybox base-files base-passwd $(depends nginx); do [ -z "$(versions "$package")" ] || wanted+=("$package=$(newest "$package")"); done
fetch "${wanted[@]}"
mapfile -t libs < <({ closure usr/sbin/nginx nginx; closure bin/busybox busybox; } | sort -u)
[ ${#libs[@]} -gt 1 ] || die "Could not find what nginx needs: see the lines above."

# The component to be fixed: libssl3, or the first mapped library that is served in two versions.
component=''
for package in libssl3 "${libs[@]}"; do
  [[ " ${libs[*]} " = *" $package "* && $package != libc6 && $(versions "$package" | wc -l) -ge 2 ]] || continue
  component=$package
  break
done
[ -n "$component" ] || die "No library that nginx maps is served in two versions today: ${libs[*]}."
mapfile -t fixes < <(versions "$component")
old=${fixes[0]}

nginx_old=$(oldest nginx) nginx_new=$(newest nginx)
first=$(label "$nginx_old") next=$(label "$nginx_new")
[ "$first" != "$next" ] || next="$next-2"

fetch "nginx=$nginx_old" "nginx-common=$nginx_old" "${fixes[@]/#/$component=}"
say "nginx $nginx_old, then $nginx_new, with $component $old, then ${fixes[*]:1} …"
base=("$(deb base-files "$(newest base-files)")" "$(deb busybox "$(newest busybox)")")
for package in "${libs[@]}"; do
  if [ "$package" = "$component" ]; then base+=("$(deb "$package" "$old")"); else base+=("$(deb "$package" "$(newest "$package")")"); fi
done
web_old=("$(deb nginx "$nginx_old")" "$(deb nginx-common "$nginx_old")")
web_new=("$(deb nginx "$nginx_new")" "$(deb nginx-common "$nginx_new")")

# Trees over the packages.
rm -rf "$out/trees" "$out/recipes"
mkdir -p "$out/recipes" "$out/trees/base"/{etc,usr/bin,var/log/nginx,var/lib/nginx,run} "$out/trees/site"/{etc/nginx/site.d,usr/local/sbin,srv/www} "$out/trees/bad/etc/nginx/site.d"
passwd=$(deb base-passwd "$(newest base-passwd)")
dpkg-deb --fsys-tarfile "$passwd" | tar -xO ./usr/share/base-passwd/passwd.master >"$out/trees/base/etc/passwd"
dpkg-deb --fsys-tarfile "$passwd" | tar -xO ./usr/share/base-passwd/group.master >"$out/trees/base/etc/group"
for applet in sh cat kill mkfifo rm sleep; do ln -s busybox "$out/trees/base/usr/bin/$applet"; done
install -m 644 "$here/nginx/nginx.conf" "$out/trees/site/etc/nginx/nginx.conf"
install -m 644 "$here/nginx/index.html" "$out/trees/site/srv/www/index.html"
install -m 755 "$here/nginx/nginx-service" "$here/nginx/nginx-reexec" "$out/trees/site/usr/local/sbin/"
install -m 644 "$here/nginx/bad.conf" "$out/trees/bad/etc/nginx/site.d/bad.conf"
install -m 644 "$here/nginx/service.json" "$out/recipes/service.json"
# The key of a demonstration: whoever has the image has it.
[ -e "$out/site.key" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=fleet-demo \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$out/site.key" -out "$out/site.crt" 2>/dev/null
install -m 644 "$out/site.crt" "$out/trees/site/etc/nginx/site.crt"
install -m 600 "$out/site.key" "$out/trees/site/etc/nginx/site.key"

# recipe NAME VERSION TREES PACKAGES…: base, nginx, site, and what else the version has.
created=$(date -u +%Y-%m-%dT%H:%M:%SZ)
recipe() {
  local name=$1 version=$2 more=$3
  shift 3
  cat >"$out/recipes/$name.json" <<JSON
{
  "image": "nginx",
  "version": "$version",
  "created": "$created",
  "service": "service.json",
  "layers": [
    { "packages": $(json "${base[@]}"), "directory": "../trees/base" },
    { "packages": $(json "$@") },
    { "directory": "../trees/site" }$more
  ]
}
JSON
}
recipe first "$first" '' "${web_old[@]}"
recipe next "$next" '' "${web_new[@]}"
recipe bad "$next-bad" ', { "directory": "../trees/bad" }' "${web_new[@]}"

# cves DEB FROM: what the changelog says was fixed after that version.
cves() {
  local source
  source=$(dpkg-deb -f "$1" Source | cut -d ' ' -f 1)
  dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards './usr/share/doc/*/changelog.Debian.gz' | gunzip |
    awk -v from="${source:-$component} ($2)" 'index($0, from) == 1 { exit } { print }' | grep -o 'CVE-[0-9]\{4\}-[0-9]\{4,\}' | sort -u || true
}

# What the fix replaces, by content, so that a look at processes can tell old from new.
dpkg-deb --extract "$(deb "$component" "$old")" "$scratch/old"
replaced=$(cd "$scratch/old" && find . -type f -name '*.so*' -printf '%P\n' | sort | while read -r file; do
  printf '{ "path": "%s", "sha256": "%s" }, ' "$file" "$(sha256sum "$file" | cut -d ' ' -f 1)"
done)

hotfix() {
  local file from=$1 to=$2
  file=$(deb "$component" "$to")
  mapfile -t fixed < <(cves "$file" "$from")
  printf '{ "component": "pkg:deb/debian/%s", "package": "%s", "fromVersion": "%s", "toVersion": "%s", "fixes": %s }' \
    "$component" "$file" "$from" "$to" "$([ ${#fixed[@]} -gt 0 ] && json "${fixed[@]}" || printf '[]')"
}
hotfixes=''
for ((i = 1; i < ${#fixes[@]}; i++)); do hotfixes+="$(hotfix "${fixes[i - 1]}" "${fixes[i]}"), "; done

cat >"$out/versions.json" <<JSON
{
  "image": "nginx",
  "first": { "version": "$first", "recipe": "$out/recipes/first.json", "nginx": "$nginx_old" },
  "next": { "version": "$next", "recipe": "$out/recipes/next.json", "nginx": "$nginx_new" },
  "bad": { "version": "$next-bad", "recipe": "$out/recipes/bad.json", "nginx": "$nginx_new" },
  "hotfixes": [${hotfixes%, }],
  "oldLibraries": [${replaced%, }],
  "page": "served by an instance that Fleet looks after"
}
JSON
say "Ready: $out/versions.json"
