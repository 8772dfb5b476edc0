"""Calls of AWS's APIs that only read: each is made once, and a failure is an answer, too."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from analyzer.errors import UsageError
from analyzer.text import shown

__all__ = ["CALLS", "Calls", "Failed", "policy_document"]

#: Every call that is ever made: operation, and the permission that it needs.
CALLS: Mapping[str, str] = {
    "GetCallerIdentity": "sts:GetCallerIdentity",
    "GetEbsEncryptionByDefault": "ec2:GetEbsEncryptionByDefault",
    "GetEbsDefaultKmsKeyId": "ec2:GetEbsDefaultKmsKeyId",
    "DescribeImages": "ec2:DescribeImages",
    "DescribeSnapshots": "ec2:DescribeSnapshots",
    "DescribeKey": "kms:DescribeKey",
    "ListAliases": "kms:ListAliases",
    "GetKeyPolicy": "kms:GetKeyPolicy",
}

#: Error codes that say that there is no such thing, and those that say that one may not look.
_MISSING = re.compile(r"NotFound|Malformed|InvalidParameterValue|InvalidArn")
_FORBIDDEN = re.compile(r"AccessDenied|UnauthorizedOperation|AuthFailure|NotAuthorized")


class Failed(Exception):
    """A look-up that gave no answer; the text says why."""


def policy_document() -> str:
    """The least that the credentials of `--aws` have to be allowed, as an IAM policy."""
    statement = {
        "Sid": "EbsPlanReadsOnly",
        "Effect": "Allow",
        "Action": sorted(CALLS.values()),
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


class Calls:
    """The calls of one run, with the credentials of a profile or a session.

    `region` is the Region that the profile does without; `session` is a botocore or boto3
    session to use instead of both.
    """

    def __init__(self, profile: str | None, region: str | None, session: Any) -> None:
        self._profile = profile
        self._region = region
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}
        self._cache: dict[tuple[str, ...], Any] = {}
        self._off = ""
        #: The calls that were made: operation, and Region.
        self.made: list[tuple[str, str]] = []

    def call(self, service: str, operation: str, region: str, **parameters: Any) -> Any:
        """The answer of one call, or of all its pages; made once, whoever asks."""
        if operation not in CALLS:
            raise AssertionError(operation)
        key = (operation, region, json.dumps(parameters, sort_keys=True))
        if key not in self._cache:
            self._cache[key] = self._fresh(service, operation, region, parameters)
        found = self._cache[key]
        if isinstance(found, Failed):
            raise found
        return found

    def _fresh(self, service: str, operation: str, region: str, parameters: Any) -> Any:
        if self._off:
            return Failed(self._off)
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            client = self._client(service, region)
            method = _method(operation)
            self.made.append((operation, region))
            if client.can_paginate(method):
                return client.get_paginator(method).paginate(**parameters).build_full_result()
            return getattr(client, method)(**parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            return Failed(self._client_error(operation, region, code))
        except ResponseParserError:
            return Failed(f"{CALLS[operation]} in {region} was answered with no answer of AWS")
        except BotoCoreError as error:
            kind = type(error).__name__
            if "Credential" in kind or "Profile" in kind or "Token" in kind or "SSO" in kind:
                self._off = f"no usable credentials ({kind})"
                self.made.pop()  # it was never sent
                return Failed(self._off)
            return Failed(f"{CALLS[operation]} in {region} failed ({kind})")

    def _client_error(self, operation: str, region: str, code: str) -> str:
        if _FORBIDDEN.search(code):
            return f"no permission for {CALLS[operation]} in {region} ({code})"
        if _MISSING.search(code):
            return f"there is no such thing in {region} ({code})"
        if "Token" in code or code in ("RequestExpired", "SignatureDoesNotMatch"):
            self._off = f"no usable credentials ({code})"
        return f"{CALLS[operation]} in {region} failed ({shown(code)})"

    def _client(self, service: str, region: str) -> Any:
        key = (service, region)
        if key not in self._clients:
            from botocore.config import Config

            # The service's own back-off for throttling; a look-up must not hold up a run.
            config = Config(
                retries={"mode": "standard", "max_attempts": 5},
                connect_timeout=5,
                read_timeout=20,
                user_agent_extra="ebs-plan",
            )
            session = self.opened()
            make = getattr(session, "client", None) or session.create_client
            self._clients[key] = make(service, region_name=region, config=config)
        return self._clients[key]

    def opened(self) -> Any:
        if self._session is None:
            try:
                import boto3
            except ImportError:
                raise UsageError(
                    "--aws needs boto3: pip install 'ebs-plan-analyzer[aws]'"
                ) from None
            self._session = boto3.Session(profile_name=self._profile, region_name=self._region)
        return self._session


def _method(operation: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
