"""Which clips a synthetic corpus has: all that is random is drawn here, before the first one is spoken."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import asdict, dataclass
from itertools import product

from data.corpus.espeak import VOICE_OF_DIALECT, Speech, voice_variants
from data.corpus.sentences import deal_sentences, shuffled
from data.corpus.synthesis import SynthesisSettings, VoiceSettings
from data.errors import ConfigError
from data.pack.augment import Treatment, draw_treatment, seeded

#: Part of every clip's id: raise it when the same plan comes to mean other samples.
_VERSION = 1
#: Babble is so many voices at once, each saying so many sentences.
_BABBLE_VOICES, _BABBLE_SENTENCES = 4, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One clip to make. `id` is a digest of all that decides its samples, so a clip that exists is the right one."""

    id: str
    split: str
    speaker: str
    slices: dict[str, str]
    speech: Speech
    treatment: Treatment
    pauses_s: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All clips, and the voices of the babble behind some of them."""

    clips: tuple[Clip, ...]
    babble: tuple[tuple[Speech, ...], ...]


@dataclass(frozen=True, slots=True)
class _Speaker:
    dialect: str
    variant: str
    pitch: int

    @property
    def name(self) -> str:
        return f"{self.dialect}-{self.variant}-p{self.pitch}"

    def speech(self, text: str, rate_wpm: int, seed: int) -> Speech:
        voice = f"{VOICE_OF_DIALECT[self.dialect]}+{self.variant}"
        return Speech(text=text, voice=voice, rate_wpm=rate_wpm, pitch=self.pitch, seed=seed)


def plan_clips(settings: SynthesisSettings) -> Plan:
    """Deal sentences to voices.

    Raises:
        ConfigError: an unknown dialect or variant, or a grammar with a missing rule.
        EmptySplit: there are too few sentences to hold some out.
    """
    genders = _check_voices(settings)
    shares = {name: voices.clips for name, voices in settings.splits.items()}
    sentences = deal_sentences(settings.text, shares, settings.seed)
    babble = _babble(settings, sentences["train"])
    babble_id = _digest([asdict(speech) for voice in babble for speech in voice])
    clips: list[Clip] = []
    for split, voices in settings.splits.items():
        speakers = _speakers(settings, voices, random.Random(f"{settings.seed} {split} speakers"))
        for index in range(voices.clips):
            text = sentences[split][index % len(sentences[split])]
            speaker = speakers[index % len(speakers)]
            clips.append(_clip(settings, split, index, text, speaker, genders[speaker.variant], babble_id))
    return Plan(clips=tuple(clips), babble=babble)


def _speakers(settings: SynthesisSettings, voices: VoiceSettings, rng: random.Random) -> list[_Speaker]:
    everyone = product(settings.dialects, voices.variants, voices.pitches)
    return shuffled((_Speaker(*key) for key in everyone), rng)


def _clip(
    settings: SynthesisSettings, split: str, index: int, text: str, speaker: _Speaker, gender: str | None, babble_id: str
) -> Clip:
    rng = seeded(settings.seed, split, index)
    rate, before, after, seed = rng.random(4)
    low, high = settings.rate_wpm
    least, most = settings.pause_s
    speech = speaker.speech(text, low + int((high - low + 1) * rate), int(seed * 2**31))
    treatment = draw_treatment(settings.augment, rng)
    pauses_s = (round(least + (most - least) * before, 3), round(least + (most - least) * after, 3))
    decides = [_VERSION, asdict(speech), asdict(treatment), pauses_s, babble_id if treatment.noise == "babble" else None]
    slices = {"split": split, "dialect": speaker.dialect, **({"gender": gender} if gender else {}), **treatment.slices()}
    return Clip(
        id=f"syn-{_digest(decides)[:16]}",
        split=split,
        speaker=speaker.name,
        slices=slices,
        speech=speech,
        treatment=treatment,
        pauses_s=pauses_s,
    )


def _check_voices(settings: SynthesisSettings) -> dict[str, str | None]:
    unknown = sorted(set(settings.dialects) - set(VOICE_OF_DIALECT))
    if unknown or not settings.dialects:
        raise ConfigError(f"dialects are {', '.join(VOICE_OF_DIALECT)}", pointer="/synthesis/dialects")
    genders = voice_variants()
    for split, voices in settings.splits.items():
        for variant in voices.variants:
            if variant not in genders:
                raise ConfigError(f"espeak-ng has no variant {variant!r}", pointer=f"/synthesis/splits/{split}/variants")
    return genders


def _babble(settings: SynthesisSettings, sentences: list[str]) -> tuple[tuple[Speech, ...], ...]:
    """Voices and sentences of train only, so that the babble behind a test clip gives nothing of the test away."""
    rng = random.Random(f"{settings.seed} babble")
    speakers = _speakers(settings, settings.splits.train, rng)

    def say(speaker: _Speaker) -> Speech:
        text = sentences[int(rng.random() * len(sentences))]
        return speaker.speech(text, settings.rate_wpm[1], int(rng.random() * 2**31))

    chosen = [speakers[i % len(speakers)] for i in range(_BABBLE_VOICES)]
    return tuple(tuple(say(speaker) for _ in range(_BABBLE_SENTENCES)) for speaker in chosen)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
