"""Made-up speakers and models: references and what two recognisers heard, as text."""

from typing import Any

import numpy as np

WORDS = "tôi đi học về nhà ăn cơm một hai ba bốn năm sáu mở đèn phòng khách tắt quạt gọi số không bật nhạc mẹ má mà mã".split()  # noqa: SIM905


def heard(rng, words, wer):
    """The words with about `wer` of them lost, changed or doubled."""
    out = []
    for word in words:
        luck = rng.random() / wer
        if luck < 0.2:
            continue
        out.append(str(rng.choice(WORDS)) if luck < 0.8 else word)
        if 0.8 <= luck < 1:
            out.append("ừ")
    return " ".join(out)


def make_test_set(seed, *, speakers=40, utterances=8, wer=0.1, gain=0.0, harm=()) -> dict[str, Any]:
    """References, both models' answers, groups and slices.

    Args:
        gain: the share of the champion's errors that the candidate avoids.
        harm: dialects in which it makes twice as many instead.
    """
    rng = np.random.default_rng(seed)
    refs, champion, candidate, groups, slices = {}, {}, {}, {}, {}
    for speaker in range(speakers):
        hard = min(0.6, wer * rng.gamma(2, 0.5) + 0.005)
        dialect = ("bắc", "trung", "nam")[speaker % 3]
        for utterance in range(utterances):
            id_ = f"{speaker:03d}-{utterance:02d}"
            words = [str(word) for word in rng.choice(WORDS, rng.integers(4, 12))]
            refs[id_] = " ".join(words)
            champion[id_] = heard(rng, words, hard)
            candidate[id_] = heard(rng, words, min(0.9, hard * (2 if dialect in harm else 1 - gain)))
            groups[id_] = f"speaker {speaker:02d}"
            slices[id_] = {"dialect": dialect, "half": str(utterance % 2)}
    return {"refs": refs, "champion": champion, "candidate": candidate, "groups": groups, "slices": slices}
