"""Whether the principal that launches may use the key that a volume gets.

Certain only where the input shows it all: a key that it creates, a policy that is fully
known, and a role that is named in it nowhere and has no permissions of its own.

Source: EC2 Auto Scaling, EC2 User Guide: required key policies for encrypted volumes; EBS
User Guide, permissions for IAM users.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from analyzer.core.decision import Decision, Remaining
from analyzer.core.facts import Fact
from analyzer.core.model import KeyKind
from analyzer.core.policies import (
    OWN_ACCOUNT,
    OWN_REGION,
    Call,
    Policy,
    Principal,
    Truth,
    allowed,
    granted,
)
from analyzer.core.values import Absent, Given, at, text
from analyzer.extraction.device import Device
from analyzer.judgment.key_policies import KeyPolicies, KeyRights
from analyzer.knowledge.sources import Sources
from analyzer.policy.keys import Refused

__all__ = ["refused"]

#: What a volume under a customer managed key needs of the principal that asks for it.
_NEEDED = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
#: Without one of these no volume is ever attached.
_DECISIVE = ("kms:CreateGrant", "kms:Decrypt")
#: Nor, where the data key is a new one, without this.
_NEW_DATA_KEY = "kms:GenerateDataKeyWithoutPlaintext"

#: Service-linked roles: their paths, and arguments that name another one. Their own policies
#: are AWS's and hold no permission of KMS, so what a key leaves to its account is not theirs.
_SERVICE_ROLES = {
    "AWSServiceRoleForAutoScaling": "autoscaling.amazonaws.com",
    "AWSServiceRoleForEC2Spot": "spot.amazonaws.com",
    "AWSServiceRoleForEC2SpotFleet": "spotfleet.amazonaws.com",
    "AWSServiceRoleForEC2Fleet": "ec2fleet.amazonaws.com",
}
_OTHER_ROLE = ("service_linked_role_arn", "ServiceLinkedRoleARN")


def refused(
    policies: KeyPolicies, decided: Iterable[tuple[Device, Decision]], known: Sources
) -> Iterable[Refused]:
    """What launches and volumes will fail because somebody may not use their key.

    One for each resource and key: what is certain of one device is told rather than what is
    possible of another.
    """
    worst: dict[tuple[str, str], Refused] = {}
    lacking = _Lacking(policies)
    for device, decision in decided:
        if device.existing or device.kind != "volume":
            continue
        for outcome in decision.outcomes:
            found = _refusal(lacking, device, decision, outcome, known)
            if found is None:
                continue
            name = (device.resource.address, found.key)
            if name not in worst or (found.certain and not worst[name].certain):
                worst[name] = found
    return worst.values()


class _Lacking:
    """What principals lack on keys; worked out once for all devices alike."""

    def __init__(self, policies: KeyPolicies) -> None:
        self.policies = policies
        self._known: dict[tuple[int, Call], tuple[str, ...]] = {}

    def on(self, rights: KeyRights, call: Call) -> tuple[str, ...]:
        """The actions that a principal is certainly not allowed; `call` has all but the action."""
        policy = rights.policy
        if policy is None:
            return ()
        key = (id(rights), call)  # the rights live as long as the policies that they come from
        if key not in self._known:
            self._known[key] = tuple(
                action
                for action in _NEEDED
                if _may(rights, policy, replace(call, action=action)) is Truth.NO
            )
        return self._known[key]


def _refusal(
    lacks: _Lacking, device: Device, decision: Decision, outcome: Remaining, known: Sources
) -> Refused | None:
    key = outcome.key
    if outcome.outcome != "encrypted" or key is None or key.kind is KeyKind.AWS_MANAGED:
        return None
    if not key.ref or key.sensitive:
        return None
    rights = lacks.policies.of(key.ref, device.place)
    if rights is None:
        return None
    principal, name = _principal(device, known)
    call = Call(
        action="",
        principal=principal,
        region=device.place.region or OWN_REGION,
        own_account=device.place.account or OWN_ACCOUNT,
    )
    lacking = lacks.on(rights, call)
    if not lacking:
        return None
    new = outcome.symbol != "SNAPSHOT"
    decisive = any(a in _DECISIVE or (new and a == _NEW_DATA_KEY) for a in lacking)
    # What AWS refuses for another reason does not start either.
    agreed = all(o.outcome == "rejected" or o.key == key for o in decision.outcomes)
    return Refused(
        device=device,
        key=str(key.ref),
        who=name,
        role=principal.role,
        account=principal.account,
        lacking=lacking,
        certain=decisive and agreed and rights.closed,
        written=rights.written,
    )


def _may(rights: KeyRights, policy: Policy, call: Call) -> Truth:
    return max(allowed(policy, call), granted(rights.grants, call))


def _principal(device: Device, known: Sources) -> tuple[Principal, str]:
    """Who launches a device, as far as that is known, and the words for it.

    A principal whose role is not known stands for any principal of the account.
    """
    account = device.place.account or OWN_ACCOUNT
    named = known.answer(Fact("role", device.launcher))
    service = _SERVICE_ROLES.get(device.launcher)
    for path in _OTHER_ROLE:
        datum = at(Given(device.resource.body), path)
        if not isinstance(datum, Absent):
            sensitive = isinstance(datum, Given) and datum.sensitive
            named, service = None if sensitive else text(datum), None
    parts = named.split(":", 5) if named is not None else []
    if len(parts) == 6:
        delegable = not parts[5].startswith("role/aws-service-role/")
        principal = Principal(account=parts[4] or account, role=parts[5], delegable=delegable)
        return principal, parts[5].rpartition("/")[2]
    if service is not None:
        role = f"role/aws-service-role/{service}/{device.launcher}"
        return Principal(account=account, role=role, delegable=False), device.launcher
    return Principal(account=account), device.launcher
