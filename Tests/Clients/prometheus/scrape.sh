#!/usr/bin/env bash
# Lets a real Prometheus scrape the engine, evaluate Fleet's alerts and answer what its dashboards ask: scrape.sh PROMETHEUS DEPLOY
#   PROMETHEUS  a folder with usr/bin/prometheus and usr/bin/promtool; DEPLOY  Fleet's deploy/
# From the environment: FLEET_ENGINE, FLEET_KEY, FLEET_CA (a PEM file).
set -euo pipefail
bin=$1/usr/bin deploy=$2
scratch=$(mktemp -d) server=''
end() {
  [ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
  rm -rf "$scratch"
}
trap end EXIT
fail() { printf '%s\n' "$*" >&2; tail -n 20 "$scratch/log" >&2; exit 1; }

"$bin/promtool" check rules "$deploy/alerts/fleet.rules.yml"
"$bin/promtool" test rules "$deploy/alerts/fleet.test.yml"

port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(umask 077 && printf '%s' "$FLEET_KEY" >"$scratch/key")
cat >"$scratch/prometheus.yml" <<YML
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: ["$deploy/alerts/fleet.rules.yml"]
scrape_configs:
  - job_name: fleet
    scheme: https
    tls_config: { ca_file: "$FLEET_CA" }
    authorization: { credentials_file: "$scratch/key" }
    static_configs: [{ targets: ["${FLEET_ENGINE#https://}"] }]
YML
"$bin/prometheus" --config.file "$scratch/prometheus.yml" --storage.tsdb.path "$scratch/data" --web.listen-address "127.0.0.1:$port" >"$scratch/log" 2>&1 &
server=$!

ask() { curl --silent --show-error --max-time 20 "http://127.0.0.1:$port/api/v1/$1" "${@:2}"; }
# until QUERY: waits until it has an answer.
until_answered() {
  for ((i = 0; i < 120; i++)); do
    ask query --data-urlencode "query=$1" 2>/dev/null | jq --exit-status '.data.result != []' >/dev/null 2>&1 && return
    kill -0 "$server" 2>/dev/null || fail "Prometheus ended."
    sleep 0.5
  done
  fail "no answer to $1"
}
until_answered 'up{job="fleet"} == 1'
until_answered 'rate(fleet_engine_calls_total[10s]) > 0'
until_answered 'fleet_health'

ask rules >"$scratch/rules"
jq --exit-status '[.data.groups[].rules[] | select(.health != "ok" and .health != "unknown")] == [] and ([.data.groups[].rules[]] | length) > 10' "$scratch/rules" >/dev/null || fail "rules that can't be evaluated: $(cat "$scratch/rules")"
jq --exit-status '[.data.groups[].rules[] | select(.state == "firing" and .name != "FleetStorageNearlyFull")] == []' "$scratch/rules" >/dev/null || fail "alerts while all is well: $(jq -c '[.data.groups[].rules[] | select(.state == "firing") | .name]' "$scratch/rules")"

asked=0 answered=0
while IFS= read -r expression; do
  expression=${expression//\$__rate_interval/10s} expression=${expression//\$instance/.*}
  ask query --data-urlencode "query=$expression" >"$scratch/answer"
  [ "$(jq --raw-output .status "$scratch/answer")" = success ] || fail "$expression: $(cat "$scratch/answer")"
  asked=$((asked + 1))
  [ "$(jq '.data.result | length' "$scratch/answer")" = 0 ] || answered=$((answered + 1))
done < <(jq --raw-output '.panels[].targets[]?.expr' "$deploy"/dashboards/*.json)
echo "$answered of $asked questions of the dashboards have an answer"
[ "$asked" -gt 50 ] && [ "$answered" -ge $((asked * 3 / 4)) ] || fail "too few answers"
