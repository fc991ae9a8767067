"""Asks Fleet by gRPC with Python's implementation: rollouts.py IMAGE PATCH

From the environment: FLEET_ENGINE, FLEET_KEY, FLEET_CA (a PEM file); the generated modules are on PYTHONPATH.
"""
import os
import sys
import uuid
from urllib.parse import urlsplit

import grpc
from fleet.v1 import rollouts_pb2 as fleet
from fleet.v1 import rollouts_pb2_grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

image, patch = sys.argv[1:]
with open(os.environ["FLEET_CA"], "rb") as pem:
    authority = pem.read()


def connect(key):
    tls = grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(authority), grpc.access_token_call_credentials(key))
    return rollouts_pb2_grpc.RolloutsStub(grpc.secure_channel(urlsplit(os.environ["FLEET_ENGINE"]).netloc, tls))


rollouts = connect(os.environ["FLEET_KEY"])


def reason(error):
    """The reason is where gRPC libraries have it: a google.rpc.ErrorInfo in the status details."""
    packed = dict(error.trailing_metadata())["grpc-status-details-bin"]
    for detail in status_pb2.Status.FromString(packed).details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return ""


def refused(code, word, call):
    try:
        call()
    except grpc.RpcError as error:
        assert (error.code(), reason(error)) == (code, word), error
        assert error.details(), "a sentence for people"
        return
    raise AssertionError(f"{word} was expected")


spec = fleet.RolloutSpec(
    image=image, patch=patch, waves=[100], bake=Duration(), wave_bake=Duration(seconds=1), reason="asked by grpcio")
rollout = str(uuid.uuid4())

plan = rollouts.Plan(fleet.PlanRolloutRequest(spec=spec), timeout=30)
assert (plan.refusal, plan.targets) == ("", 2), plan
assert [wave.cumulative for wave in plan.waves] == [1, 2], plan
print("ok: a plan")

create = fleet.CreateRolloutRequest(rollout=rollout, spec=spec)
created = rollouts.Create(create, timeout=30)
assert created.id == rollout, created
assert rollouts.Create(create, timeout=30).requested == created.requested
print("ok: a rollout, created once by two calls")

seen = list(rollouts.Watch(fleet.GetRolloutRequest(rollout=rollout), timeout=90))
assert len(seen) > 1, "states on the way"
assert seen[-1].phase == fleet.ROLLOUT_PHASE_SUCCEEDED, seen[-1]
assert seen[-1].counts.verified == 2, seen[-1]
print(f"ok: its watch, {len(seen)} states")

listed, token = [], ""
while True:
    page = rollouts.List(fleet.ListRolloutsRequest(page_size=1, page_token=token), timeout=30)
    assert len(page.rollouts) <= 1, page
    listed += [one.id for one in page.rollouts]
    token = page.next_page_token
    if not token:
        break
assert listed[0] == rollout, "newest first"
assert len(set(listed)) == len(listed), listed
print(f"ok: a list of {len(listed)} in pages of 1")

unknown = fleet.RolloutSpec()
unknown.CopyFrom(spec)
unknown.patch = "nobody-signed-this"
refused(grpc.StatusCode.NOT_FOUND, "ROLLOUT_UNKNOWN",
        lambda: rollouts.Get(fleet.GetRolloutRequest(rollout="nobody-made-this"), timeout=30))
refused(grpc.StatusCode.FAILED_PRECONDITION, "PATCH_UNKNOWN",
        lambda: rollouts.Create(fleet.CreateRolloutRequest(rollout=str(uuid.uuid4()), spec=unknown), timeout=30))
refused(grpc.StatusCode.UNAUTHENTICATED, "KEY_INVALID",
        lambda: connect("fleet_wrong_key").List(fleet.ListRolloutsRequest(), timeout=30))
print("ok: refusals with their reasons")
