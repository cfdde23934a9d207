"""The detector on real recordings: read sentences and telephone calls of many callers."""

import os
from pathlib import Path

import pytest

from data.audio import decode
from serving.asr.segment import find_speech
from serving.asr.settings import SegmentSettings
from serving.asr.vad import load_vad

DATA = os.environ.get("TIENGNOI_DATA")
pytestmark = pytest.mark.skipif(not DATA, reason="needs the real recordings of TIENGNOI_DATA")


@pytest.mark.parametrize(("corpus", "every", "share"), [("vivos70", 1, 1.0), ("phone_keywords_8k", 4, 0.995)])
def test_speech_is_found_in_real_recordings(corpus, every, share):
    files = sorted((Path(DATA or "") / "speech" / corpus / "audio").glob("*.flac"))[::every]
    assert files
    vad, settings = load_vad(), SegmentSettings()
    heard = [bool(find_speech(decode(file), vad, settings).chunks) for file in files]
    assert sum(heard) >= share * len(files)
