"""Package × split of pairs → answers and figures, with the normalizer that serves: what is measured is what will run.

ref.tsv  hyp.tsv       id<TAB>text of every pair that was written
group.tsv              id<TAB>stretch of the source text, so that resampling draws neighbours together
slices.tsv             id<TAB>kind=value: the pair's kind, the classes of its expressions
wrong.tsv              id<TAB>what was written<TAB>what stands in the text, wherever a number differs: for people to read
metrics.json           the figures of models.normalizer.scoring for each group of pairs, and the bars beside them
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from data.errors import EmptySplit
from data.pairs.reader import Pair, read_pairs, read_pairs_dataset
from data.text.numbers.values import values_of_written
from data.text.semiotics import Semiotic
from models.normalizer.answers import answers_digest_of
from models.normalizer.evaluate_rivals import number_rivals, values_in_digits
from models.normalizer.evaluate_suites import rate, spoken_cases, written_cases
from models.normalizer.infer import Normalizer, default_package
from models.normalizer.scoring import Case, Score, score, whole_links, wrong_expressions
from models.normalizer.spans import Normalized

#: Pairs of each group, in the order of the split: held-out sentences with digits and without, running text, hard cases.
SIZES = {"digits": 500, "words": 1_000, "running": 300, "hard": 300}
#: Syllables that people say in a second; computing time over speaking time is the real-time factor.
SYLLABLES_PER_S = 4.5
#: Lines of the source text that are resampled together.
_GROUP_LINES = 50
_TASK_TEXTS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was written for a pair."""

    pair: Pair
    written: Normalized

    @property
    def case(self) -> Case:
        pair, written = self.pair, self.written
        converted = [(*link.written, *link.spoken, Semiotic(link.kind)) for link in pair.links]
        return Case(
            spoken=pair.spoken,
            reference=pair.written,
            reference_links=whole_links(pair.spoken, pair.written, converted),
            output=written.text,
            output_links=[(*span.written, *span.spoken, span.kind) for span in written.spans],
            refused=written.refused,
            ruled=written.ruled,
        )


def evaluate(
    normalizer: Normalizer, dataset_dir: Path, split: str, out_dir: Path, *, answers: str = "", package: str = "",
    sizes: dict[str, int] = SIZES,
) -> dict[str, Any]:  # fmt: skip
    """Write the pairs of a split on all cores, the answers and figures into `out_dir`, and return the figures.

    Args:
        answers: digest of what decides its answers (models/normalizer/answers.py); "" for the rules alone.
        package: digest of the package behind it.
        sizes: pairs of each group.
    Raises:
        EmptySplit: the split has none of the pairs.
    """
    description = read_pairs_dataset(dataset_dir)
    groups = choose(read_pairs(dataset_dir, split), sizes)
    if not any(groups.values()):
        raise EmptySplit(f"{dataset_dir} has no sentences to write in its split {split}")
    started_s = time.perf_counter()
    written, compute_s = _write_all(normalizer, groups)
    scores = {name: score([answer.case for answer in written[name]], values_of_written, values_in_digits) for name in groups}
    spoken_s = sum(len(pair.spoken.split()) for pairs in groups.values() for pair in pairs) / SYLLABLES_PER_S
    figures = {
        **bars(scores),
        "itn_exact": rate(written_cases(normalizer)),
        "tn_accepted": rate(spoken_cases()),
        **number_rivals([(pair.spoken, pair.written) for pair in groups["digits"]]),
        "rtf": compute_s / spoken_s if spoken_s else None,
        "dataset": description.get("name"),
        "dataset_digest": description.get("digest"),
        "split": split,
        "package": package,
        "answers": answers,
        "compute_s": round(compute_s, 3),
        "wall_s": round(time.perf_counter() - started_s, 3),
        **{name: scored.to_json() for name, scored in scores.items()},
    }
    _write_files(out_dir, [answer for name in groups for answer in written[name]], figures)
    return figures


def choose(pairs: Iterable[Pair], sizes: dict[str, int]) -> dict[str, list[Pair]]:
    """The first pairs of each group in the order of the split."""
    groups: dict[str, list[Pair]] = {name: [] for name in sizes}
    for pair in pairs:
        has_digits = any(map(str.isdigit, pair.written))
        kinds = {"sentence": "digits" if has_digits else "words", "passage": "running", "hard": "hard"}
        name = kinds.get(pair.kind)
        if name in groups and len(groups[name]) < sizes[name]:
            groups[name].append(pair)
    return groups


def bars(scores: dict[str, Score]) -> dict[str, Any]:
    """The figures that decide whether a normalizer is good enough, by what they are asked of."""
    digits, words, running = scores["digits"], scores["words"], scores["running"]
    told = running.to_json()
    return {
        "number_accuracy": digits.to_json()["number_accuracy"],
        "value_accuracy": digits.to_json()["value_accuracy"],
        "wrong_unguarded": digits.wrong_unguarded,
        "wrong_values": digits.wrong_values,
        "changed_text_rate": words.to_json()["changed_text_rate"],
        **{name: told[name] for name in ("period_f1", "question_f1", "comma_f1", "upper_case_f1")},
        # Passages ask little; sentences by themselves tell more of questions.
        "question_f1_of_sentences": words.to_json()["question_f1"],
        "hard_number_accuracy": scores["hard"].to_json()["number_accuracy"],
    }


def _write_all(normalizer: Normalizer, groups: dict[str, list[Pair]]) -> tuple[dict[str, list[Answer]], float]:
    """Answers by group, seconds of computing; one thread a core, each on tasks of its own."""

    def work(task: tuple[str, Sequence[Pair]]) -> tuple[str, list[Answer], float]:
        name, pairs = task
        started_s = time.thread_time()
        written = normalizer.normalize([pair.spoken for pair in pairs])
        answers = [Answer(pair=pair, written=one) for pair, one in zip(pairs, written, strict=True)]
        return name, answers, time.thread_time() - started_s

    tasks: list[tuple[str, Sequence[Pair]]] = []
    for name, pairs in groups.items():
        rest = iter(pairs)
        while task := list(islice(rest, _TASK_TEXTS)):
            tasks.append((name, task))
    answers: dict[str, list[Answer]] = {name: [] for name in groups}
    compute_s = 0.0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, of_task, took_s in pool.map(work, tasks):
            answers[name] += of_task
            compute_s += took_s
    return answers, compute_s


def _write_files(out_dir: Path, answers: Sequence[Answer], figures: dict[str, Any]) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    cases = [(answer.pair, answer.case) for answer in answers]
    _write(out_dir / "ref.tsv", ((pair.id, pair.written) for pair, _ in cases))
    _write(out_dir / "hyp.tsv", ((pair.id, case.output) for pair, case in cases))
    _write(out_dir / "group.tsv", ((pair.id, _stretch(pair)) for pair, _ in cases))
    _write(out_dir / "slices.tsv", ((pair.id, name) for pair, _ in cases for name in _slices(pair)))
    wrong = ((pair, case) for pair, case in cases if wrong_expressions(case, values_of_written))
    _write(out_dir / "wrong.tsv", ((pair.id, f"{case.output}\t{pair.written}") for pair, case in wrong))
    # Last and in one step: where it stands, the evaluation is whole.
    partial = out_dir / ".metrics.json"
    partial.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    partial.replace(out_dir / "metrics.json")


def _stretch(pair: Pair) -> str:
    """Where in the source text a pair stands, coarsely: lines of one article are alike."""
    text, line = pair.id.split(".")[0], pair.source.split("-")[0]
    return f"{text}:{int(line) // _GROUP_LINES}" if line.isdecimal() else f"{text}:{pair.source}"


def _slices(pair: Pair) -> list[str]:
    return [f"kind={pair.kind}", *sorted({f"class={link.kind}" for link in pair.links})]


def _write(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """One `id<TAB>text` a line; no file where there are no rows."""
    lines = "".join(f"{id_}\t{text}\n" for id_, text in rows)
    if lines:
        path.write_text(lines, "utf-8")
    else:
        path.unlink(missing_ok=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models normalizer evaluate`."""
    parser.add_argument("--package", help="folder of the serving package, or none: the rules alone (default: the shipped one)")
    parser.add_argument("--dataset", type=Path, required=True, help="folder of the packaged pairs")
    parser.add_argument("--split", default="test", help="split to measure on (default: test)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the answers and figures")


def run(args: argparse.Namespace) -> int:
    """Evaluate and print the figures as JSON."""
    digest = answers = ""
    if args.package == "none":
        normalizer = Normalizer.of_rules()
    else:
        from models.package import open_package

        folder = Path(args.package) if args.package else default_package()
        opened = open_package(folder)
        digest, answers = opened.digest, answers_digest_of(opened)
        normalizer = Normalizer.open(folder, threads=1)
    figures = evaluate(normalizer, args.dataset, args.split, args.out, answers=answers, package=digest)
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    return 0
