"""What a model of text got wrong: WER, CER, tones, numbers, silence; per slice and per speaker, with an interval.

What is spoken goes through `normal_form` first, so hoà and hòa, NFC and NFD, capitals and commas are no errors; what is
written is compared as it stands, since capitals and commas are what a normalizer is asked for. Rates are fractions, not
percent. A count is a row of `FIELDS` for each utterance, so that every sum over a slice, a speaker or a
bootstrap draw is a sum of rows.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from data.errors import ScoreError
from data.text.normalform import fold, normal_form, strip_tone
from models.alignment import align, partners
from models.bootstrap import resample_ratio

FIELDS = (
    "utterances", "words", "substitutions", "deletions", "insertions", "characters", "character_edits",
    "tone_only", "diacritic_only", "number_words", "number_edits", "spoken", "empty", "silent", "invented",
)  # fmt: skip

#: Words that numbers are spoken with. Some mean other things too (năm, year; không, not); they are words to get right
#: all the same, and both sides of a comparison count them alike.
NUMBER_WORDS = frozenset({
    "không", "một", "mốt", "hai", "ba", "bốn", "tư", "năm", "lăm", "nhăm", "sáu", "bảy", "bẩy", "tám", "chín",
    "mười", "mươi", "chục", "hăm", "trăm", "nghìn", "ngàn", "vạn", "triệu", "tỷ", "tỉ",
    "linh", "lẻ", "rưỡi", "rưởi", "phẩy", "phần",
})  # fmt: skip

_AROUND_NUMBERS = ".,;:!?…()[]\"'“”‘’"

Compare = Literal["spoken", "written"]
"""How texts are compared: in normal form, or as they stand but for spaces and Unicode's form."""

Slices = Mapping[str, Mapping[str, str] | Collection[str]]
"""For each utterance what it belongs to: {"dialect": "north", "snr_db": "5-10"}, or bare names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """How a hypothesis differs from its reference, in words."""

    substitutions: int
    deletions: int
    insertions: int
    words: int
    tone_only: int
    """Substitutions that are right but for the tone: má for mà."""
    diacritic_only: int
    """Substitutions whose letters are right but for ă â ê ô ơ ư đ, whatever the tone: muon for mượn."""

    @property
    def total(self) -> int:
        return self.substitutions + self.deletions + self.insertions


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Sums over a set of utterances, with the rates that follow; a rate is None where nothing could be wrong."""

    utterances: int
    words: int
    substitutions: int
    deletions: int
    insertions: int
    characters: int
    """Spaces between words count, as in jiwer."""
    character_edits: int
    tone_only: int
    diacritic_only: int
    number_words: int
    number_edits: int
    """Edits between the number words of the reference and those of the hypothesis."""
    spoken: int
    """Utterances whose reference has words."""
    empty: int
    """Of these, the ones with an empty hypothesis."""
    silent: int
    """Utterances whose reference is empty."""
    invented: int
    """Words of the hypotheses of these."""

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def wer(self) -> float | None:
        return _rate(self.errors, self.words)

    @property
    def cer(self) -> float | None:
        return _rate(self.character_edits, self.characters)

    @property
    def tone_only_rate(self) -> float | None:
        return _rate(self.tone_only, self.words)

    @property
    def diacritic_only_rate(self) -> float | None:
        return _rate(self.diacritic_only, self.words)

    @property
    def number_accuracy(self) -> float | None:
        """One minus the word error rate among number words; below zero where more numbers are wrong than there are."""
        error_rate = _rate(self.number_edits, self.number_words)
        return None if error_rate is None else 1 - error_rate

    @property
    def empty_rate(self) -> float | None:
        return _rate(self.empty, self.spoken)

    @property
    def invented_per_silence(self) -> float | None:
        return _rate(self.invented, self.silent)

    def to_json(self) -> dict[str, Any]:
        rates = ("wer", "cer", "tone_only_rate", "diacritic_only_rate", "number_accuracy", "empty_rate")
        return {name: getattr(self, name) for name in (*rates, "invented_per_silence", "errors", *FIELDS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well a recogniser did on one set of utterances."""

    total: Counts
    wer_interval: tuple[float, float] | None
    """Two-sided; None where there are fewer than two units to resample or no words."""
    confidence: float
    resampled: str
    """"speakers", "utterances", or "speakers, and utterances that have none": what the interval resamples."""
    units: int
    slices: dict[str, Counts] = field(default_factory=dict)
    groups: dict[str, Counts] = field(default_factory=dict)
    rtf: float | None = None
    """Seconds of computing for a second of audio."""

    def to_json(self) -> dict[str, Any]:
        """A mapping of plain values: the counts and rates of the whole at the top, slices and groups below."""
        return {
            **self.total.to_json(),
            "rtf": self.rtf,
            "wer_interval": None if self.wer_interval is None else list(self.wer_interval),
            "confidence": self.confidence,
            "resampled": self.resampled,
            "resampled_units": self.units,
            "slices": {name: counts.to_json() for name, counts in self.slices.items()},
            "groups": {name: {"wer": c.wer, "errors": c.errors, "words": c.words} for name, c in self.groups.items()},
        }


def edits(ref_words: list[str], hyp_words: list[str]) -> Edits:
    """Fewest edits from one word sequence to the other; the words are taken as they are."""
    deletions, insertions, subs, tones_differ, letters_differ = map(int, _align_words([(ref_words, hyp_words)])[0])
    return Edits(
        substitutions=subs,
        deletions=deletions,
        insertions=insertions,
        words=len(ref_words),
        tone_only=subs - tones_differ,
        diacritic_only=tones_differ - letters_differ,
    )


def as_compared(text: str, compare: Compare) -> str:
    """The text whose words are compared."""
    return normal_form(text) if compare == "spoken" else " ".join(unicodedata.normalize("NFC", text).split())


def count_errors(refs: Mapping[str, str], hyps: Mapping[str, str], compare: Compare = "spoken") -> tuple[list[str], np.ndarray]:
    """Count the errors of each utterance.

    Returns:
        ids in their references' order, and counts_UF with a column for each of `FIELDS`.
    Raises:
        ScoreError: there are no utterances, or the two sides do not name the same ones.
    """
    if not refs:
        raise ScoreError("there are no references")
    _same_ids(refs, hyps)
    ids = list(refs)
    texts = [(as_compared(refs[id_], compare), as_compared(hyps[id_], compare)) for id_ in ids]
    words = [(ref.split(), hyp.split()) for ref, hyp in texts]
    numbers = [tuple([_numbers(side, compare) for side in pair]) for pair in words]

    words_UC = _align_words(words)
    characters_UC = align([((ref,), (hyp,)) for ref, hyp in texts], levels=1)
    numbers_UC = align([((ref,), (hyp,)) for ref, hyp in numbers], levels=1)
    n_U, m_U = (np.array([len(pair[side]) for pair in words]) for side in (0, 1))
    columns = {
        "utterances": np.ones(len(ids)),
        "words": n_U,
        "deletions": words_UC[:, 0],
        "insertions": words_UC[:, 1],
        "substitutions": words_UC[:, 2],
        "tone_only": words_UC[:, 2] - words_UC[:, 3],
        "diacritic_only": words_UC[:, 3] - words_UC[:, 4],
        "characters": np.array([len(ref) for ref, _ in texts]),
        "character_edits": characters_UC.sum(axis=1),
        "number_words": np.array([len(ref) for ref, _ in numbers]),
        "number_edits": numbers_UC.sum(axis=1),
        "spoken": n_U > 0,
        "empty": (n_U > 0) & (m_U == 0),
        "silent": n_U == 0,
        "invented": np.where(n_U == 0, m_U, 0),
    }
    return ids, np.column_stack([columns[name] for name in FIELDS]).astype(np.int64)


def score(
    refs: Mapping[str, str],
    hyps: Mapping[str, str],
    *,
    groups: Mapping[str, str] | None = None,
    slices: Slices | None = None,
    compare: Compare = "spoken",
    audio_s: float | None = None,
    compute_s: float | None = None,
    confidence: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
) -> Score:
    """Score hypotheses against references, both as text for each utterance id.

    Words invented where the reference is empty are insertions and so part of the WER.

    Args:
        groups: the speaker of each utterance; an utterance without one is resampled alone.
        slices: what else each utterance belongs to; one `Counts` for each "kind=value".
        audio_s, compute_s: both together give the real-time factor.
    Raises:
        ScoreError: the sides do not pair, or groups or slices name none of the utterances.
    """
    ids, counts_UF = count_errors(refs, hyps, compare)
    units_U, resampled = resampling_units(ids, groups)
    errors_G, words_G = (sum_by(units_U, column) for column in (errors_of(counts_UF), counts_UF[:, 1]))
    interval = None
    sure = resample_ratio(errors_G, words_G, draws=draws, seed=seed) if words_G.sum() > 0 else None
    if sure and sure.clusters > 1:
        interval = (max(0.0, sure.low((1 + confidence) / 2)), sure.high((1 + confidence) / 2))
    by_group = rows_by_name(ids, {i: [g] for i, g in (groups or {}).items()})
    by_slice = rows_by_name(ids, slices)
    return Score(
        total=counts_of(counts_UF),
        wer_interval=interval,
        confidence=confidence,
        resampled=resampled,
        units=len(words_G),
        slices={name: counts_of(counts_UF[rows]) for name, rows in by_slice.items()},
        groups={name: counts_of(counts_UF[rows]) for name, rows in by_group.items()},
        rtf=compute_s / audio_s if audio_s and compute_s is not None else None,
    )


def counts_of(counts_UF: np.ndarray) -> Counts:
    """Sum the rows of `count_errors`."""
    return Counts(**dict(zip(FIELDS, map(int, counts_UF.sum(axis=0)), strict=True)))


def errors_of(counts_UF: np.ndarray) -> np.ndarray:
    """Word edits of each row of `count_errors`."""
    return counts_UF[:, [FIELDS.index(name) for name in ("substitutions", "deletions", "insertions")]].sum(axis=1)


def resampling_units(ids: list[str], groups: Mapping[str, str] | None) -> tuple[np.ndarray, str]:
    """Number the unit of each utterance, its speaker or itself, and say in words what the units are."""
    groups = groups or {}
    alone = [id_ for id_ in ids if not groups.get(id_)]
    if groups and len(alone) == len(ids):
        raise ScoreError("the groups name none of the utterances")
    names = [("speaker", groups[id_]) if groups.get(id_) else ("utterance", id_) for id_ in ids]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    units_U = np.array([numbers[name] for name in names])
    if not alone:
        return units_U, "speakers"
    return units_U, "utterances" if len(alone) == len(ids) else "speakers, and utterances that have none"


def sum_by(units_U: np.ndarray, values_U: np.ndarray) -> np.ndarray:
    """Sum a column over the utterances of each unit."""
    return np.bincount(units_U, weights=values_U)


def wrong_tones_where_both_heard(
    refs: Mapping[str, str], one: Mapping[str, str], other: Mapping[str, str], compare: Compare = "spoken"
) -> np.ndarray:
    """Count wrong tones of two models on the same words: those of the reference that both got right but for the tone.

    A word that a model left out has no tone to get wrong, so that over all words the model that hears less would seem to
    know its tones better.

    Returns:
        counts_U3 in the references' order: words that both heard, of these wrong in tone in `one`, in `other`.
    """
    return np.array([_wrong_tones(*(as_compared(side[id_], compare).split() for side in (refs, one, other))) for id_ in refs])


def _wrong_tones(ref: list[str], *hyps: list[str]) -> tuple[int, int, int]:
    ref_toneless = [_toneless(word) for word in ref]
    heard_2N, wrong_2N = np.zeros((2, 2, len(ref)), bool)
    for side, hyp in enumerate(hyps):
        for position, partner in enumerate(range(len(ref)) if ref == hyp else partners(_views(ref), _views(hyp))):
            heard_2N[side, position] = partner >= 0 and ref_toneless[position] == _toneless(hyp[partner])
            wrong_2N[side, position] = heard_2N[side, position] and ref[position] != hyp[partner]
    both_N = heard_2N.all(axis=0)
    return int(both_N.sum()), int((wrong_2N[0] & both_N).sum()), int((wrong_2N[1] & both_N).sum())


def rows_by_name(ids: list[str], slices: Slices | None) -> dict[str, np.ndarray]:
    """The rows of each slice, by its name "kind=value" (or the bare name), in order."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, id_ in enumerate(ids):
        kinds = (slices or {}).get(id_, ())
        names = [f"{k}={v}" for k, v in kinds.items()] if isinstance(kinds, Mapping) else kinds
        for name in names:
            rows[name].append(row)
    if slices and not rows and any(slices.values()):
        raise ScoreError("the slices name none of the utterances")
    return {name: np.array(rows[name]) for name in sorted(rows)}


def _same_ids(refs: Mapping[str, str], hyps: Mapping[str, str]) -> None:
    for what, wrong in (("without a hypothesis", refs.keys() - hyps), ("without a reference", hyps.keys() - refs)):
        if wrong:
            raise ScoreError(f"{len(wrong)} utterances {what}, such as {min(wrong)!r}")


def _align_words(pairs: list[tuple[list[str], list[str]]]) -> np.ndarray:
    return align([(_views(ref), _views(hyp)) for ref, hyp in pairs], levels=3)


def _views(words: list[str]) -> tuple[list[str], list[str], list[str]]:
    # The prefixes keep the levels apart: a word without tone is another symbol than the same bare word.
    return words, ["~" + _toneless(word) for word in words], ["#" + _folded(word) for word in words]


# A corpus says the same few thousand syllables again and again.
_toneless = lru_cache(maxsize=1 << 16)(strip_tone)
_folded = lru_cache(maxsize=1 << 16)(fold)


def _numbers(words: list[str], compare: Compare) -> list[str]:
    if compare == "written":
        # A number word may be a name or a year's word there; a comma behind a number is no part of it.
        return [word.strip(_AROUND_NUMBERS) for word in words if _has_digit(word)]
    return [word for word in words if word in NUMBER_WORDS or _has_digit(word)]


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
