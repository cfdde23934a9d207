"""Pairs: both sides line up exactly, splits share nothing, the same input is the same bytes."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import BadCorpus, BadManifest, Busy, ConfigError, EmptySplit, NotUtf8
from data.pack.layout import locked
from data.pairs.build import build_pairs, plan_jobs, read_pairs_config
from data.pairs.carriers import GROUPS, WEIGHTS
from data.pairs.config import PairSplitSettings, WindowSettings
from data.pairs.expressions import EXPRESSIONS
from data.pairs.hard import Material, carriers_of, fill, say_forced, take_material
from data.pairs.lines import deal_blocks, read_lines
from data.pairs.noise import make_noisy
from data.pairs.reader import SPLITS, read_pairs, read_pairs_dataset
from data.pairs.saying import Piece, is_aligned, join_pieces, say, spell_amount
from data.pairs.windows import Said, cut_windows, said_bytes
from data.text.normalform import check_alphabet
from data.text.semiotics import Semiotic
from data.text.verbalize.verbalizer import verbalize

ROOT = Path(__file__).resolve().parents[2]
SMOKE = ROOT / "configs/data/pairs/smoke.yaml"


@pytest.fixture(scope="module")
def smoke(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("pairs") / "smoke"
    build_pairs(read_pairs_config(SMOKE), out, workers=1)
    return out


def pieces_of(text: str, seed: int = 0) -> list[Piece]:
    pieces = say(text, verbalize, random.Random(seed))
    assert pieces is not None
    return pieces


def test_an_expression_and_its_saying_are_linked_to_the_character():
    pair = join_pieces(pieces_of("Ngày 24/7/2025, bà Năm trả 1,500,000 đồng."), id="x", kind="running", source="1")
    assert pair.written == "Ngày 24/7/2025, bà Năm trả 1.500.000 đồng."
    linked = [(pair.written[slice(*link.written)], pair.spoken[slice(*link.spoken)], link.kind) for link in pair.links]
    assert [(written, kind) for written, _, kind in linked] == [("24/7/2025", "date"), ("1.500.000 đồng", "money")]
    assert pair.spoken == f"ngày {linked[0][1]} bà năm trả {linked[1][1]}"
    assert is_aligned(pair)


def test_alignment_that_is_off_by_one_is_noticed():
    pair = join_pieces(pieces_of("Nhà có 5 người."), id="x", kind="running", source="1")
    link = pair.links[0]
    moved = replace(link, spoken=(link.spoken[0] + 1, link.spoken[1] + 1))
    assert is_aligned(pair) and not is_aligned(replace(pair, links=(moved,)))
    assert not is_aligned(replace(pair, spoken=pair.spoken.replace("người", "ngươi")))


@pytest.mark.parametrize(
    ("written", "said", "kind", "spelled", "why"),
    [
        ("4.42", "bốn phẩy bốn mươi hai", Semiotic.DECIMAL, "4,42", "a comma is said"),
        ("1,250 người", "một nghìn hai trăm năm mươi người", Semiotic.MEASURE, "1.250 người", "thousands are said"),
        ("15000", "mười lăm nghìn", Semiotic.CARDINAL, "15.000", "a long amount is grouped"),
        ("1945", "một nghìn chín trăm bốn mươi lăm", Semiotic.CARDINAL, "1945", "four digits may be a year"),
        ("1999", "một chín chín chín", Semiotic.DATE, "1999", "a year is no amount"),
        ("3.1.2", "ba một hai", Semiotic.CODE, "3.1.2", "digits of a code are a name"),
        ("1.234,5 km", "một nghìn hai trăm ba mươi tư phẩy năm ki lô mét", Semiotic.MEASURE, "1.234,5 km", "as it should be"),
    ],
)
def test_an_amount_is_spelled_in_one_way_by_how_it_is_said(written, said, kind, spelled, why):
    assert spell_amount(written, said, kind) == spelled, why


def test_every_pair_lines_up_and_says_only_what_a_recogniser_can(smoke):
    kinds = set()
    for split in SPLITS:
        for pair in read_pairs(smoke, split):
            kinds.add(pair.kind)
            assert is_aligned(pair), pair
            if not any(map(str.isdigit, pair.spoken)):
                check_alphabet(pair.spoken)
            else:
                assert pair.kind == "copy", "only half-written input has digits in what is said"
            if pair.kind not in ("sentence", "passage"):
                assert len(pair.spoken.encode()) <= 200
    assert kinds == {"running", "hard", "copy", "noisy", "sentence", "passage"}


def test_no_text_stands_in_two_splits(smoke):
    def sides(split: str, *kinds: str) -> set[str]:
        return {pair.spoken for pair in read_pairs(smoke, split) if pair.kind in kinds}

    held_out = sides("test", "running", "sentence", "hard") | sides("dev", "running", "sentence", "hard")
    assert held_out and not held_out & sides("train", "running", "hard", "copy")


def test_the_same_text_gives_the_same_bytes_with_any_number_of_workers(smoke, tmp_path):
    build_pairs(read_pairs_config(SMOKE), tmp_path / "again", workers=2)
    names = sorted(path.relative_to(smoke) for path in smoke.rglob("*") if path.is_file())
    assert len(names) == 4 + 5
    for name in names:
        assert (smoke / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_what_is_up_to_date_is_not_made_again_and_another_setting_makes_it_again(smoke, tmp_path):
    config = read_pairs_config(SMOKE, ["hard=20"])
    first = build_pairs(config, tmp_path / "p", workers=1)
    stamp = (tmp_path / "p/train.jsonl.gz").stat().st_mtime_ns
    assert build_pairs(config, tmp_path / "p", workers=1) == first
    assert (tmp_path / "p/train.jsonl.gz").stat().st_mtime_ns == stamp
    assert build_pairs(replace(config, seed=1), tmp_path / "p", workers=1)["digest"] != first["digest"]


def test_two_builds_of_one_name_do_not_meet(tmp_path):
    with locked(tmp_path / ".p.lock"), pytest.raises(Busy):
        build_pairs(read_pairs_config(SMOKE), tmp_path / "p", workers=1)


def test_a_block_keeps_its_split_whatever_is_written_elsewhere():
    settings = PairSplitSettings(dev=0.2, test=0.2, block_lines=10, guard_lines=3)
    lines = [f"Câu số {number} của bài." for number in range(3_000)]
    more = ["Một bài mới.", *lines[:1_500], *(f"Chen vào {n}." for n in range(50)), *lines[1_500:]]

    def where(text: list[str]) -> dict[str, str]:
        return {line: block.split for block in deal_blocks(text, settings) for line in block.lines if line}

    before, after = where(lines), where(more)
    assert {"train", "dev", "test"} == set(before.values())
    moved = [line for line in before if line in after and before[line] != after[line]]
    assert len(moved) <= 60, "only the blocks that were cut open may change"
    assert not [line for line in moved if before[line] == "test" and after[line] == "train" and line not in lines[1_400:1_600]]


def test_a_sentence_of_test_and_the_lines_beside_it_are_not_in_train():
    settings = PairSplitSettings(dev=0.1, test=0.2, block_lines=20, guard_lines=5)
    lines = [f"Câu {number}." if number % 7 else "Ai cũng biết." for number in range(4_000)]
    blocks = deal_blocks(lines, settings)
    text = {name: {x for b in blocks if b.split == name for x in b.lines if x} for name in SPLITS}
    assert not text["train"] & (text["test"] | text["dev"]) and not text["dev"] & text["test"]
    place = {b.first + offset: b.split for b in blocks for offset in range(len(b.lines))}
    tested = [line for line, split in place.items() if split == "test"]
    beside = {line + step for line in tested for step in range(-5, 6)}
    assert tested and {place[line] for line in beside if line in place} == {"test"}
    assert sum(split == "train" for split in place.values()) > 1_500, "and most of train is still there"


def test_windows_fit_and_half_of_them_end_at_a_word():
    settings = WindowSettings()
    text = ["Hôm qua tôi đi chợ, mua 3 cân gạo và một con cá rất to.", "Trời mưa.", "Sao anh không đi cùng tôi ra chợ huyện?"]
    run = [Said(tuple(pieces_of(text[n % 3])), n, True) for n in range(600)]
    windows = list(cut_windows(run, settings, random.Random(1)))
    assert all(0 < said_bytes(window.pieces) <= settings.max_bytes for window in windows)
    starts = sum(window.pieces[0].written[0].isupper() for window in windows) / len(windows)
    ends = sum(window.pieces[-1].written[-1] in ".?!" for window in windows) / len(windows)
    assert starts > 0.8 and 0.35 < ends < 0.7, (starts, ends)
    assert not [w for w in windows if w.pieces[-1].written[-1] in ",:"], "a mark at the cut cannot be foreseen"


def test_noise_is_the_same_on_both_sides_and_leaves_numbers_alone():
    pieces = pieces_of("Bệnh nhân Nguyễn Thị Năm trả 1.500.000 đồng, lúc 6 giờ 50, tại bệnh viện huyện Đông Anh.")
    changed = 0
    for seed in range(50):
        noisy = join_pieces(make_noisy(pieces, random.Random(seed)), id="x", kind="noisy", source="")
        assert is_aligned(noisy) and "1.500.000 đồng" in noisy.written and "6 giờ 50" in noisy.written
        changed += noisy.written != join_pieces(pieces, id="x", kind="noisy", source="").written
    assert changed > 25


def test_every_carrier_can_be_filled_and_said():
    assert set(GROUPS) == set(WEIGHTS) and abs(sum(WEIGHTS.values()) - 1) < 1e-9
    material = Material(("Hồ Gươm",), ("trời sắp mưa",))
    for group, carriers in GROUPS.items():
        for carrier in carriers:
            for seed in range(3):
                rng = random.Random(seed)
                pieces = say_forced(fill(carrier, rng, material), verbalize, rng)
                assert pieces, (group, carrier)
                assert is_aligned(join_pieces(pieces, id="x", kind="hard", source="")), carrier


def test_train_never_sees_the_carriers_of_test():
    dealt = {split: {c for carriers in carriers_of(split).values() for c in carriers} for split in SPLITS}
    assert len(dealt["test"]) > 5 and len(dealt["dev"]) > 5
    assert not dealt["train"] & (dealt["test"] | dealt["dev"])
    assert sum(map(len, dealt.values())) == len({c for carriers in GROUPS.values() for c in carriers})


def test_every_kind_of_expression_is_read_as_more_than_words():
    for name, draw in EXPRESSIONS.items():
        converted = [any(p.converted for p in pieces_of(f"Đây là {draw(random.Random(seed))} nhé.")) for seed in range(8)]
        assert any(converted), name


def test_names_and_statements_come_out_of_the_text():
    lines = ["Hồ Gươm là hồ đẹp.", "Nó nằm giữa thành phố cổ kính.", "Ai là người đã xây nó?", "Năm 1999 có lụt."]
    assert take_material(lines, 9) == Material(("Hồ Gươm",), ("nó nằm giữa thành phố cổ kính",))


def test_text_comes_out_of_every_kind_of_file_and_bad_files_are_refused(tmp_path):
    import gzip
    import lzma

    text = "Một câu.\r\nHai\u2028câu.\n\nBa.".encode()
    (tmp_path / "a.txt").write_bytes(text)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(text))
    (tmp_path / "a.txt.xz").write_bytes(lzma.compress(text))
    for name in ("a.txt", "a.txt.gz", "a.txt.xz"):
        assert read_lines(tmp_path / name) == ["Một câu.", "Hai\u2028câu.", "", "Ba."]
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "c.txt.xz").write_bytes(lzma.compress(text)[:-9])
    with pytest.raises(NotUtf8):
        read_lines(tmp_path / "b.txt")
    for name in ("c.txt.xz", "none.txt", "a.pdf"):
        with pytest.raises(BadCorpus):
            read_lines(tmp_path / name)


def test_bad_pairs_are_refused_by_name(smoke, tmp_path):
    with pytest.raises(BadCorpus):
        next(read_pairs(tmp_path, "train"))
    with pytest.raises(EmptySplit):
        next(read_pairs(smoke, "nonsense"))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "dataset.json").write_text(json.dumps(read_pairs_dataset(smoke)), "utf-8")
    (broken / "train.jsonl.gz").write_bytes((smoke / "train.jsonl.gz").read_bytes()[:400])
    with pytest.raises((BadCorpus, BadManifest)):
        list(read_pairs(broken, "train"))


def test_an_empty_text_makes_no_pairs(tmp_path):
    (tmp_path / "t.txt").write_text("\n\n<<>>\n", "utf-8")
    (tmp_path / "c.yaml").write_text("name: c\nlicence: CC0\nhard: 0\ntexts: [{path: t.txt, licence: CC0}]\n", "utf-8")
    with pytest.raises(EmptySplit):
        build_pairs(read_pairs_config(tmp_path / "c.yaml"), tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()


def test_shares_that_make_no_sense_are_refused():
    with pytest.raises(ConfigError):
        deal_blocks(["x"], PairSplitSettings(dev=0.6, test=0.6))


@pytest.mark.parametrize("shares", [{"dev": 0.0, "test": 0.0}, {"dev": 1.0, "test": 0.0}, {"dev": 0.0, "test": 1.0}])
def test_a_text_of_one_block_keeps_its_lines(shares):
    blocks = deal_blocks(["một", "hai", "ba"], PairSplitSettings(block_lines=1_000_000_000, guard_lines=5, **shares))
    assert [block.lines for block in blocks] == [("một", "hai", "ba")]


def test_every_split_gets_hard_cases_and_all_lines_one_job_each(smoke):
    jobs, _ = plan_jobs(read_pairs_config(SMOKE))
    assert {getattr(job, "split", None) for job in jobs} >= {"train", "dev", "test"}


def test_the_description_is_read_as_that_of_a_dataset(smoke):
    from data.shards import read_dataset

    about = read_dataset(smoke)
    assert about["name"] == "smoke" and len(about["digest"]) <= 36 and about["licence"] == "CC0"
    assert about["splits"]["train"]["pairs"] == sum(1 for _ in read_pairs(smoke, "train"))


@pytest.mark.parametrize("path", sorted((ROOT / "configs/data/pairs").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_configuration_of_pairs_is_read_and_known_to_dvc(path, monkeypatch):
    import yaml

    monkeypatch.setenv("TIENGNOI_DATA", "/data")
    config = read_pairs_config(path)
    assert config.name == path.stem
    assert config.name in yaml.safe_load((ROOT / "configs/data/names.yaml").read_text("utf-8"))["pairs"]
