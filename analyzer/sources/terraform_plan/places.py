"""The account and Region of a planned object, from its provider configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from analyzer.core.model import Place
from analyzer.core.values import Given
from analyzer.sources.document import Resource
from analyzer.sources.terraform_plan.configuration import Configuration

__all__ = ["Places"]

_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):")
#: Arguments of a provider block that make it use credentials of its own.
_CREDENTIALS = ("assume_role", "assume_role_with_web_identity", "profile", "access_key")


class Places:
    """Tells the place of each object; learns accounts from data sources as they are read."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._accounts: dict[str, str] = {}
        self._regions: dict[str, tuple[str | None, bool]] = {}
        self._places: dict[str, Place] = {}
        self._hidden: dict[str, int] = {}

    def learn(self, resources: Iterable[Resource]) -> None:
        """Take account numbers from caller identities (and from an object's own ARN)."""
        self._places.clear()
        ranked = sorted(resources, key=lambda r: r.type != "aws_caller_identity")
        for resource in ranked:
            credentials = resource.place.credentials
            if resource.type == "aws_caller_identity":
                account = resource.body.get("account_id")
                if (
                    isinstance(account, Given)
                    and isinstance(account.value, str)
                    and not account.sensitive
                ):
                    self._accounts.setdefault(credentials, account.value)
            elif not resource.data:
                arn = resource.body.get("arn")
                text = arn.value if isinstance(arn, Given) and not arn.sensitive else None
                found = _ACCOUNT.match(text) if isinstance(text, str) else None
                if found:
                    self._accounts.setdefault(credentials, found[1])

    def of(self, region: str | None, block: Mapping[str, Any], *, sensitive: bool = False) -> Place:
        """The place of an object with this configuration block and `region` of its own.

        A sensitive Region is none of the others, and not told: a report prints Regions.
        """
        key = str(block.get("provider_config_key", "aws"))
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = self._configured(key)
        if region is None:
            return place
        if sensitive:
            number = self._hidden.setdefault(region, len(self._hidden) + 1)
            apart = f"{place.credentials or place.account or ''} (sensitive region {number})"
            return Place(credentials=apart.strip())
        return replace(place, region=region)

    def _configured(self, key: str) -> Place:
        """The place that a provider configuration leads to."""
        provider = self._provider(key)
        credentials = key if any(name in provider for name in _CREDENTIALS) else ""
        region, is_sensitive = self._region(key, provider)
        if is_sensitive:
            return Place(credentials=f"{key} (sensitive region)")
        return Place(
            account=self._account(provider) or self._accounts.get(credentials),
            region=region,
            credentials=credentials,
        )

    def completed(self, place: Place) -> Place:
        """A place with the account that was learned since it was made."""
        if place.account is not None:
            return place
        return replace(place, account=self._accounts.get(place.credentials))

    def _provider(self, key: str) -> Mapping[str, Any]:
        entry = self._configuration.providers.get(key)
        expressions = entry.get("expressions") if isinstance(entry, Mapping) else None
        return expressions if isinstance(expressions, Mapping) else {}

    def _region(self, key: str, provider: Mapping[str, Any]) -> tuple[str | None, bool]:
        """The Region of a provider where it may be told, and whether it is sensitive."""
        if key not in self._regions:
            home = self._configuration.scope(
                key.partition(":")[0] if key.startswith("module.") and ":" in key else ""
            )
            written = provider.get("region")
            written = written if isinstance(written, Mapping) else {}
            told = self._configuration.known(written, home, secret=False)
            is_sensitive = told is None and self._configuration.known(written, home) is not None
            self._regions[key] = (told if isinstance(told, str) else None), is_sensitive
        return self._regions[key]

    def _account(self, provider: Mapping[str, Any]) -> str | None:
        home = self._configuration.scope("")
        allowed = provider.get("allowed_account_ids")
        if isinstance(allowed, Mapping):
            accounts = self._configuration.known(allowed, home, secret=False)
            if isinstance(accounts, list) and len(accounts) == 1:
                return str(accounts[0])
        roles = provider.get("assume_role")
        for role in roles if isinstance(roles, list) else ():
            named = role.get("role_arn") if isinstance(role, Mapping) else None
            arn = self._configuration.known(named, home, secret=False)
            found = _ACCOUNT.match(arn) if isinstance(arn, str) else None
            if found:
                return found[1]
        return None
