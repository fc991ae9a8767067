#!/usr/bin/env bash
# Asks Fleet by REST with curl: rollouts.sh IMAGE PATCH
# From the environment: FLEET_ENGINE, FLEET_KEY, FLEET_CA (a PEM file).
set -euo pipefail
image=$1 patch=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() { printf '%s\n' "$*" >&2; cat "$scratch/answer" >&2; exit 1; }
# ask METHOD PATH [JSON]: the answer goes to a file, its status to another.
ask() {
  curl --silent --show-error --max-time 90 --cacert "$FLEET_CA" --header "Authorization: Bearer ${key:-$FLEET_KEY}" \
    --request "$1" ${3:+--json "$3"} --dump-header "$scratch/headers" --write-out '%{http_code}' --output "$scratch/answer" "$FLEET_ENGINE$2" >"$scratch/status"
}
is() { jq --exit-status "${@:2}" "$1" "$scratch/answer" >/dev/null || fail "not so: $1"; }
said() { jq --raw-output "$1" "$scratch/answer"; }
good() { [ "$(cat "$scratch/status")" = 200 ] || fail "status $(cat "$scratch/status"): "; }
refused() { # STATUS WORD
  [ "$(cat "$scratch/status")" = "$1" ] || fail "status $(cat "$scratch/status") instead of $1: "
  grep -qi '^content-type: application/problem+json' "$scratch/headers" || fail "no problem document: "
  is '.reason == $word and .detail != ""' --arg word "$2"
}

rollout=$(cat /proc/sys/kernel/random/uuid)
spec=$(jq --null-input --arg image "$image" --arg patch "$patch" \
  '{ image: $image, patch: $patch, waves: [100], bake: "0s", waveBake: "1s", reason: "asked by curl" }')
create=$(jq --null-input --arg rollout "$rollout" --argjson spec "$spec" '{ rollout: $rollout, spec: $spec }')

ask POST /v1/rollouts:plan "$(jq --null-input --argjson spec "$spec" '{ spec: $spec }')" && good
is '(.refusal // "") == "" and .targets == 2 and [.waves[].cumulative] == [1, 2]'
echo "ok: a plan"

ask POST /v1/rollouts "$create" && good
is '.id == $id' --arg id "$rollout"
first=$(said .requested)
ask POST /v1/rollouts "$create" && good
is '.requested == $first' --arg first "$first"
echo "ok: a rollout, created once by two calls"

ask GET "/v1/rollouts/$rollout:watch" && good
grep -qi '^content-type: text/event-stream' "$scratch/headers" || fail "no event stream: "
grep -q '^id: 1' "$scratch/answer" || fail "no numbered events: "
sed -n 's/^data: //p' "$scratch/answer" | jq --slurp . >"$scratch/events" && mv "$scratch/events" "$scratch/answer"
is 'length > 1'
is '.[-1].phase == "ROLLOUT_PHASE_SUCCEEDED" and .[-1].counts.verified == 2'
echo "ok: its watch, $(said length) server-sent events"

listed=() token=
while :; do
  ask GET "/v1/rollouts?pageSize=1&pageToken=$token" && good
  is '(.rollouts // []) | length <= 1'
  mapfile -t -O ${#listed[@]} listed < <(said '(.rollouts // [])[].id')
  token=$(said '.nextPageToken // "" | @uri')
  [ -n "$token" ] || break
done
[ "${listed[0]}" = "$rollout" ] || fail "newest first: ${listed[*]}"
[ "$(printf '%s\n' "${listed[@]}" | sort -u | wc -l)" = ${#listed[@]} ] || fail "listed twice: ${listed[*]}"
echo "ok: a list of ${#listed[@]} in pages of 1"

ask GET /v1/rollouts/nobody-made-this && refused 404 ROLLOUT_UNKNOWN
ask POST /v1/rollouts "$(jq --null-input --argjson spec "$spec" '{ spec: ($spec + { patch: "nobody-signed-this" }) }')" && refused 422 PATCH_UNKNOWN
key=fleet_wrong_key ask GET /v1/rollouts && refused 401 KEY_INVALID
ask GET "/v1/rollouts?pageToken=forged" && refused 400 REQUEST_INVALID
echo "ok: refusals with their reasons"
