"""One run: read every input, decide every device, judge, and report."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import inf
from typing import TYPE_CHECKING

import msgspec

from analyzer import __version__, errors, wire
from analyzer.batches import perform, usable_cpus, worthwhile
from analyzer.collector import collector_paused
from analyzer.core.decision import Decision, Remaining, judge
from analyzer.core.facts import Fact
from analyzer.core.model import Key, Outcome
from analyzer.core.tables import row_by_id
from analyzer.core.values import Absent, Datum, Given, Origin, Reference
from analyzer.explanation.lineage import lineage
from analyzer.extraction.device import Device
from analyzer.extraction.extract import extract
from analyzer.inputs import Found, Input, Inputs, Options, read_decoded
from analyzer.judgment.judging import judge_input
from analyzer.knowledge import LastTeller, Sources, open_sources
from analyzer.limits import Budget, Limits
from analyzer.looks import Looks, Seen
from analyzer.naming import told_apart
from analyzer.parts import Batch, Part, divided, is_nested, put_together, shown_parts
from analyzer.policy.inline import Code
from analyzer.policy.policy import Policy, apply
from analyzer.policy.rules import judge_devices
from analyzer.source_places import place_in_source
from analyzer.sources.document import Document
from analyzer.stdin import Stdin

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from analyzer.cache import Cache

__all__ = ["analyze", "analyze_template"]

_ASSUMED = 8
#: Outcomes that a device may have at least, however many devices before it had too many.
_FEWEST_LEAVES = 128


@collector_paused()
def analyze(  # noqa: PLR0913 - each is a keyword of the public contract
    paths: Iterable[str | errors.Problem],
    *,
    facts: str | os.PathLike[str] | Sources | None = None,
    assume: Sequence[str] = (),
    aws: LastTeller | None = None,
    unchanged: bool = False,
    proofs: bool = False,
    options: Options = Options(),
    source: str | os.PathLike[str] | None = None,
    policy: Policy | None = None,
    limits: Limits = Limits(),
    jobs: int = 1,
    executor: Executor | None = None,
    cache: Cache | None = None,
) -> wire.Report:
    """Analyze inputs and report every device.

    `paths` are files, folders, URIs (extra `[remote]`; nothing else opens a connection), `-` for
    standard input, and problems of a list of inputs (`analyzer.org`), which the report takes over.

    `facts` is the path of a facts file (or sources that were opened before), `assume` holds
    `FACT=ANSWER` texts, which are trusted more, and `aws` (see `analyzer.knowledge.aws`) is
    asked last; `options` tell about the inputs (parameters of templates, variables of
    configurations); with `unchanged` the report also has what the deployment leaves as it is, with
    `proofs` each device has the proof that `explain` shows. An input that cannot be read is
    a problem of the report, and the others are still analyzed. `source` is the folder that a plan
    was made from: it tells the lines. `policy` holds what is demanded and what is suppressed;
    without one the ignores in the code count. `jobs` is how many processes share the work at most,
    0 for as many as there are processors; few are started, or none, where more do not pay. An
    `executor` does the work instead; its workers have to see the same files at the same paths, and
    what these do not give is made up for here. The report is the same, whoever does the work. With
    a `cache`, what an earlier run found out about folders is not found out again as long as it is
    still so (unless AWS is asked). Raises `UsageError` for a bad assumption, `InputError` for a bad
    facts file.
    """
    limits = limits.started()
    stdin = options.stdin or Stdin()
    options = msgspec.structs.replace(options, stdin=stdin)
    known = facts if isinstance(facts, Sources) else open_sources(assume, facts, aws, limits)
    # Other machines have other clocks: there, the end of the run is this process's business.
    theirs = limits if executor is None else replace(limits, run_ends=inf)
    cache = cache if aws is None else None
    looks = cache is not None
    run = _Run(known.apart(), options, theirs, unchanged=unchanged, proofs=proofs, looks=looks)
    inputs = Inputs(options, limits, Looks(on=looks))
    places = list(inputs.find(paths))
    kept = cache.recall(places, inputs.root, run.settings(), limits) if cache is not None else {}
    numbered = {n: place for n, place in enumerate(places) if n not in kept}
    batches = list(divided(numbered))
    if aws is not None:  # it is asked by one process, which knows the Regions of all inputs
        batches = [Batch(numbered)]
    if aws is not None or any(place.kind == "stdin" for place in places):
        jobs, executor = 1, None
    elif executor is None:
        jobs = worthwhile(numbered.values(), jobs or usable_cpus())
    work = partial(perform, run, limits=limits, jobs=jobs, executor=executor)
    parts = put_together(places, batches, work, kept)
    if cache is not None:
        cache.keep(places, parts)
    while further := inputs.uncalled({folder for part in parts for folder in part.modules}):
        places += further
        parts += put_together(further, divided(dict(enumerate(further))), work)
    inputs.miss(zip(places, (part.input is not None for part in parts), strict=True))
    exporting = [part.input.path for part in parts if part.input is not None and part.exports]
    shown = told_apart(list(shown_parts(places, parts)), exporting)
    report = _report(shown, known, inputs.found)
    calls = [call for part in parts for call in part.calls]
    if source is not None:
        report, called = place_in_source(report, os.fspath(source), options, limits)
        calls += _calls(os.fspath(source), called)
    found_by = {p.path: p.root for p in places if p.kind != "stdin"}
    texts = {place.path: part.text for place, part in zip(places, parts, strict=True) if part.text}
    code = Code(stdin=stdin, calls=calls, found_by=found_by, texts=texts, root=options.root)
    return apply(report, policy or Policy(), limits, code)


@collector_paused()
def analyze_template(
    template: object,
    *,
    path: str = "template",
    facts: str | os.PathLike[str] | None = None,
    assume: Sequence[str] = (),
    options: Options = Options(),
    limits: Limits = Limits(),
) -> wire.Report:
    """Analyze a CloudFormation template that is already decoded, as cfn-lint's nodes are.

    `path` is what the template is called in positions; nested stacks are not followed. The
    rest is as for `analyze`.
    """
    limits = limits.started()
    known = open_sources(assume, facts, limits=limits)
    run = _Run(known.apart(), options, limits)
    found = Input(path, "cloudformation", lambda: read_decoded(path, template, options))
    part, document = run.read(0, found)
    if document is not None:
        run.decide(part, document)
    return _report([part], known, Found())


class _Run:
    """What is done with a batch of inputs, by whichever process: read them, then decide each.

    With `looks` the parts of folders tell what they rest on.
    """

    def __init__(
        self,
        known: Sources,
        options: Options,
        limits: Limits,
        *,
        unchanged: bool = False,
        proofs: bool = False,
        looks: bool = False,
    ) -> None:
        self.known = known
        self.options = options
        self.limits = limits
        self.unchanged = unchanged
        self.proofs = proofs
        self.looks = looks

    def settings(self) -> list[object]:
        """All that parts hang on besides the inputs, in what msgpack can hold."""
        options = msgspec.structs.replace(self.options, stdin=None)
        limits = replace(self.limits, run_ends=inf)
        return [self.known.contents(), options, limits, self.unchanged, self.proofs]

    @collector_paused()
    def __call__(self, batch: Batch) -> list[Part]:
        """The parts of the inputs of a batch."""
        inputs = Inputs(self.options, self.limits, Looks(on=self.looks))
        parts: dict[int, Part] = {}
        documents: dict[int, Document] = {}
        looks: dict[int, Seen] = {}
        for number, place in sorted({**batch.places, **batch.beside}.items()):
            inputs.loaded = {}
            with inputs.looks.apart() as looks[number]:
                found = inputs.open(place)
                parts[number], document = (
                    self.read(number, found) if found else (Part(number=number), None)
                )
            parts[number].text = inputs.noted.pop(place.path, b"")
            parts[number].nested = [path for path, was_read in inputs.loaded.items() if was_read]
            if document is not None:
                documents[number] = document
        exporting = [document.path for document in documents.values() if document.exports]
        for document in documents.values():
            inputs.exported.learn(document.exports)
            self.known.look_in(resource.place.region for resource in document)
        nested = {path for part in parts.values() for path in part.nested}
        importing: list[Part] = []
        asked: dict[str, None] = {}
        alone: list[Part] = []
        with inputs.looks.apart() as late:
            for number, place in batch.places.items():
                part = parts[number]
                if number in documents:
                    if is_nested(place, nested):
                        continue
                    inputs.exported.asked.clear()
                    self.decide(part, documents[number], exporting)
                    if inputs.exported.asked:
                        importing.append(part)
                        asked.update(inputs.exported.asked)
                        continue
                if place.is_of_folder:
                    alone.append(part)
        for part in importing:  # what one of them asked for is not asked for again
            part.imports.extend(asked)
        for part in alone if not late else ():
            if not (asked and part.exports):  # an export may have been read for who imports it
                part.looks = [(*look, found) for look, found in looks[part.number].items()]
        return [parts[number] for number in batch.places]

    def read(self, number: int, found: Input) -> tuple[Part, Document | None]:
        """Read one input; a problem never keeps the others from being analyzed."""
        try:
            Budget(found.path, self.limits).tick()  # the run may have taken its time already
            document = found.read()
        except errors.InputError as error:
            unread, problems = _unreadable(found.path, found.format, error)
            return Part(number=number, input=unread, problems=problems), None
        # What it contributes is not known yet, and never will be if it is shown elsewhere.
        shown = wire.Input(path=document.path, format=document.format, status="analyzed")
        exports, modules = list(document.exports), sorted(document.modules)
        return Part(number=number, input=shown, exports=exports, modules=modules), document

    def decide(self, part: Part, document: Document, exporting: Sequence[str] = ()) -> None:
        """Add what an input that was read contributes; `exporting` are those it may import from."""
        budget = Budget(document.path, self.limits)
        known = self.known.anew(document.path, exporting, budget.tick)
        try:
            self._decide(part, document, known, budget)
            for name in document.exports:  # what is wrong there is wrong whoever imports it
                document.exports.get(name)
        except errors.InputError as error:  # what only shows when a body is read
            part.devices, part.findings, part.not_analyzed = [], [], []
            part.input, part.problems = _unreadable(document.path, document.format, error)
            return
        part.calls = _calls(document.path, document.calls)
        # Bodies are read while devices are extracted: only now is all known that is wrong.
        part.problems.extend(map(_problem, document.problems))
        part.not_analyzed.extend(_missed(document.path, document.not_analyzed))
        partly = bool(document.problems or document.partial)
        part.input = wire.Input(
            path=document.path,
            format=document.format,
            status="partly" if partly else "analyzed",
            notes=list(document.partial),
            assumed=dict(document.assumed),
        )
        part.asked = known.asked()
        part.contradictions = known.contradictions

    def _decide(self, part: Part, document: Document, known: Sources, budget: Budget) -> None:
        extraction = extract(document, known, budget, unchanged=self.unchanged)
        document.page_out()
        made: list[wire.Device] = []
        decided: list[tuple[Device, Decision]] = []
        facts: dict[int, Fact] = {}  # many devices share one, which is found faster than an equal
        origins = {r.address: r.origin for r in document.resources if r.origin.line}
        leaves = self.limits.leaves
        for device in extraction.devices:
            budget.tick()
            decision = judge(device.decide, known, budget=leaves)
            if decision.exhausted:  # where there is one there may be thousands
                leaves = min(leaves, max(_FEWEST_LEAVES, leaves // 8))
            if decision.verdict == "none":
                continue
            shown = _device(document.path, device, decision, origins)
            if self.proofs:
                shown = _proved(document, device, shown, known)
            part.devices.append(shown)
            decided.append((device, decision))
            for remaining in decision.outcomes:
                for answer in remaining.when:
                    facts[id(answer.fact)] = answer.fact
            if not device.existing:
                made.append(shown)
        part.facts = list(dict.fromkeys((*facts.values(), *(fact for fact, _ in known.used()))))
        if known.speak:
            from analyzer.judgment.contradictions import compare

            compare(known, document, extraction.devices)
        part.findings.extend(judge_devices(made, {r.type for r in document.resources}))
        part.findings.extend(judge_input(document, decided, known))
        part.not_analyzed.extend(_missed(document.path, extraction.not_analyzed))
        for type_, (why, count) in extraction.other_services.items():
            part.not_analyzed.append(
                wire.NotAnalyzed(
                    address=type_,
                    reason=why,
                    location=wire.Location(path=document.path),
                    count=count,
                    other_service=True,
                )
            )


def _proved(document: Document, device: Device, shown: wire.Device, known: Sources) -> wire.Device:
    from analyzer.explanation.proof import prove

    origins = {resource.address: resource.origin for resource in document}
    return msgspec.structs.replace(shown, proof=prove(device, known, origins))


def _report(parts: Iterable[Part], known: Sources, found: Found) -> wire.Report:
    """The report of these parts."""
    inputs: list[wire.Input] = []
    devices: list[wire.Device] = []
    findings: list[wire.Finding] = []
    not_analyzed: list[wire.NotAnalyzed] = []
    problems: list[wire.Problem] = []
    for part in parts:
        if part.input is not None:
            inputs.append(part.input)
        devices += part.devices
        findings += part.findings
        not_analyzed += part.not_analyzed
        problems += part.problems
        known.recall(part.asked, part.contradictions)
    problems += map(_problem, found.problems)
    not_analyzed += _missed("", found.not_analyzed)
    verdicts = [device.verdict for device in devices]
    return wire.Report(
        tool=wire.Tool(version=__version__),
        inputs=inputs,
        devices=devices,
        findings=findings,
        not_analyzed=not_analyzed,
        problems=problems,
        notes=[*known.report(), *_assumptions(inputs)],
        skipped=found.skipped,
        summary=wire.Summary(
            devices=len(verdicts),
            encrypted=verdicts.count("encrypted"),
            unencrypted=verdicts.count("unencrypted"),
            rejected=verdicts.count("rejected"),
            depends=verdicts.count("depends"),
            not_analyzed=sum(n.count for n in not_analyzed),
        ),
    )


def _calls(path: str, calls: Mapping[str, Origin]) -> list[tuple[str, str, wire.Location]]:
    """Where an input calls its modules: a comment there is about all in them."""
    return [(name, path, wire.Location.of(origin, path)) for name, origin in calls.items()]


def _unreadable(
    path: str, format_: str, error: errors.InputError
) -> tuple[wire.Input, list[wire.Problem]]:
    shown = wire.Input(path=path, format=format_, status="unreadable")
    return shown, [_problem(error.problem)]


def _assumptions(inputs: Sequence[wire.Input]) -> Iterator[str]:
    """One note of what a run takes for granted: the defaults of parameters."""
    texts = (f"{name}={value}" for found in inputs for name, value in found.assumed.items())
    assumed = list(dict.fromkeys(texts))
    if assumed:
        more = f" and {len(assumed) - _ASSUMED:,} more" if len(assumed) > _ASSUMED else ""
        yield (
            f"taken from the defaults of parameters: {', '.join(assumed[:_ASSUMED])}{more};"
            " --parameters NAME=VALUE tells another value, --no-defaults leaves them open"
        )


def _problem(problem: errors.Problem) -> wire.Problem:
    return wire.Problem(
        path=problem.path,
        code=problem.code,
        message=problem.message,
        line=problem.line,
        column=problem.column,
        hint=problem.hint or None,
    )


def _missed(path: str, missed: Iterable[errors.NotAnalyzed]) -> list[wire.NotAnalyzed]:
    return [
        wire.NotAnalyzed(
            address=item.address,
            reason=item.reason,
            location=wire.Location(
                path=item.path or path,
                line=item.line,
                column=item.column,
                pointer=item.pointer or None,
            ),
            count=item.count,
        )
        for item in missed
    ]


def _device(
    path: str, device: Device, decision: Decision, origins: Mapping[str, Origin]
) -> wire.Device:
    resource = device.resource
    name = str(device.device) if device.device else None  # as it is shown
    parts = (path, resource.address, name or "", device.launch)
    return wire.Device(
        id=hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16],
        input=path,
        address=resource.address,
        type=resource.type,
        device=name,
        root=device.root,
        kind="volume" if device.kind == "volume" else "snapshot",
        operation=device.operation,
        place=wire.Place(account=device.place.account, region=device.place.region),
        requested=wire.Requested(
            encrypted=_said_flag(device.encrypted), kms_key_id=_said(device.kms_key_id)
        ),
        verdict=decision.verdict,  # type: ignore[arg-type]
        key=_key(decision.key),
        outcomes=[_outcome(remaining) for remaining in decision.outcomes],
        settle=[fact.question for fact in decision.settle]
        or (["too many possibilities to list"] if decision.exhausted else []),
        questions=[
            wire.Question(
                fact=fact.name,
                question=fact.question,
                answers=list(fact.domain),
                doubt=fact.is_doubt,
            )
            for fact in decision.settle
        ],
        location=wire.Location.of(_written_at(device), path),
        launch=device.launch or None,
        launcher=device.launcher if device.kind == "volume" else None,
        action=resource.action.value,
        before=_state(device.before),
        notes=list(device.notes),
        chain=lineage(device, origins),
    )


def _state(outcome: Outcome | None) -> wire.State | None:
    if outcome is None:
        return None
    return wire.State(verdict=outcome.outcome, key=_key(outcome.key))  # type: ignore[arg-type]


def _written_at(device: Device) -> Origin:
    """The place that a reader looks at: the argument that decides, where it is written."""
    for datum in (device.encrypted, device.kms_key_id):
        if isinstance(datum, Given) and datum.origin.line is not None:
            return datum.origin
    return device.origin


def _said_flag(datum: Datum) -> str:
    """What a request says for a Boolean: a text that means none is not repeated."""
    said = _said(datum)
    return said if said.lower() in ("true", "false", "absent", "(sensitive)") else "unknown"


def _said(datum: Datum) -> str:
    """What a request says, for people: a sensitive value is never shown."""
    if isinstance(datum, Absent):
        return "absent"
    if not isinstance(datum, Given):
        return "unknown"
    if datum.sensitive:
        return "(sensitive)"
    if isinstance(datum.value, bool):
        return "true" if datum.value else "false"
    return str(datum.value) if isinstance(datum.value, (str, Reference)) else "unknown"


def _key(key: Key | None) -> wire.Key | None:
    if key is None:
        return None
    ref = "(sensitive)" if key.sensitive else (str(key.ref) if key.ref is not None else None)
    return wire.Key(kind=key.kind.value, ref=ref)


def _outcome(remaining: Remaining) -> wire.Outcome:
    return wire.Outcome(
        symbol=remaining.symbol,
        outcome=remaining.outcome,  # type: ignore[arg-type]
        key=_key(remaining.key),
        code=remaining.code,
        late=remaining.late,
        when=[wire.When(fact=a.name, is_=a.answer) for a in remaining.when],
        row=remaining.row,
        because=_because(remaining),
    )


def _because(remaining: Remaining) -> str:
    row = row_by_id(remaining.row)
    says = row.says if row is not None else ""
    if not remaining.cause:
        return says
    if remaining.late and remaining.outcome == "rejected" and remaining.key is None:
        return f"its source {remaining.cause} is refused: {says}"
    return f"{says}, but {remaining.cause}"
