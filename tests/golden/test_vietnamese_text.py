"""Vietnamese spelling by tables; every case says why it is there, and holds for NFC and NFD input."""

import unicodedata

import pytest

from data.errors import BadAlphabet
from data.text.normalform import check_alphabet, fold, normal_form, strip_tone
from data.text.unicode import clean, place_tones

FORMS = ["NFC", "NFD"]

# written, canonical, why
TONE_PLACES = [
    ("hoà", "hòa", "open oa takes the old placement, which most people write"),
    ("hòa", "hòa", "canonical stays"),
    ("hoá học", "hóa học", "open oa, acute"),
    ("toả", "tỏa", "open oa, hook"),
    ("loã", "lõa", "open oa, tilde"),
    ("hoạ", "họa", "open oa, dot below"),
    ("khoẻ", "khỏe", "open oe"),
    ("loè xoè", "lòe xòe", "open oe in both syllables"),
    ("thuý", "thúy", "open uy"),
    ("uỷ", "ủy", "open uy without a consonant"),
    ("Thuỵ", "Thụy", "case stays with its letter"),
    ("HOÀ", "HÒA", "capitals"),
    ("Hoà", "Hòa", "capital before the moved tone"),
    ("oà", "òa", "no consonant at all"),
    ("toàn", "toàn", "closed oa: the tone stays on a"),
    ("tòan", "toàn", "closed oa, tone typed too early"),
    ("hoàng", "hoàng", "closed by two letters"),
    ("khoẻn", "khoẻn", "closed oe"),
    ("huỳnh", "huỳnh", "closed uy"),
    ("hùynh", "huỳnh", "closed uy, tone typed too early"),
    ("quà", "quà", "u belongs to qu"),
    ("qùa", "quà", "tone on the u of qu"),
    ("quý", "quý", "qu + y: nothing to move"),
    ("qúy", "quý", "a wide-spread spelling with the tone on the u of qu"),
    ("QUÝ", "QUÝ", "capitals"),
    ("quả", "quả", "qu + a"),
    ("quốc", "quốc", "qu + ô"),
    ("quyển", "quyển", "qu + yê"),
    ("giờ", "giờ", "i belongs to gi"),
    ("gìơ", "giờ", "tone on the i of gi"),
    ("già", "già", "gi + a, not g + ia"),
    ("gìa", "già", "tone on the i of gi"),
    ("gì", "gì", "gi without another vowel: the i bears the tone"),
    ("gìn", "gìn", "g + i + n"),
    ("giếng", "giếng", "gi + ê"),
    ("giữa", "giữa", "gi + ưa"),
    ("gịa", "gịa", "giặt gịa: the one word in gi + ịa"),
    ("của", "của", "ua is no oa: the tone stays on u"),
    ("cuả", "của", "ua, tone typed too late"),
    ("mía", "mía", "ia"),
    ("lửa", "lửa", "ưa: the horned letter bears it"),
    ("thuở", "thuở", "uơ: the horned letter bears it"),
    ("nước", "nước", "ươ: the second"),
    ("nứơc", "nước", "ươ, tone typed too early"),
    ("rượu", "rượu", "ươu"),
    ("người", "người", "ươi"),
    ("ngươì", "người", "ươi, tone typed too late"),
    ("chuyện", "chuyện", "uyê"),
    ("chuỵên", "chuyện", "uyê, tone typed too early"),
    ("tiếng", "tiếng", "iê"),
    ("yếu", "yếu", "yê without a consonant"),
    ("ngoài", "ngoài", "oai: the middle"),
    ("ngòai", "ngoài", "oai, tone typed too early"),
    ("xoáy", "xoáy", "oay"),
    ("ngoẹo", "ngoẹo", "oeo"),
    ("khuỷu", "khuỷu", "uyu: the middle"),
    ("hai", "hai", "no tone"),
    ("háy", "háy", "ay"),
    ("đaị", "đại", "ai, tone typed too late"),
    ("Đaị", "Đại", "đ with a capital"),
    ("moóc", "moóc", "oo only in closed syllables"),
    ("nghiêng ngả", "nghiêng ngả", "the longest onset and rhyme"),
    ("café", "café", "no Vietnamese syllable"),
    ("río", "río", "no Vietnamese rhyme"),
    ("Beyoncé", "Beyoncé", "a name"),
    ("naïve", "naïve", "a diaeresis is no tone"),
    ("hoà-hoà", "hòa-hòa", "syllables are words between marks"),
    ("Hoà2", "Hòa2", "digits end a word"),
]

# written, cleaned, why
LOOK_ALIKES = [
    ("Ðà Nẵng", "Đà Nẵng", "U+00D0 eth, from fonts before Unicode"),
    ("ðường", "đường", "U+00F0 eth"),
    ("Ɖà", "Đà", "U+0189 African D"),
    ("chàо", "chào", "Cyrillic о in a Latin word"),
    ("Тiếng", "Tiếng", "Cyrillic Т"),
    ("сао", "cao", "all Cyrillic, and wholly Latin to the eye"),
    ("хо\u0300а", "xòa", "a tone on a Cyrillic letter composes after the change"),
    ("nοn", "non", "Greek omicron"),
    ("Москва", "Москва", "a word in its own script stays, to be refused as such"),
    ("hạt α", "hạt α", "a Greek letter alone is meant"),
    ("ｘｉｎ\u3000ｃｈào", "xin chào", "full-width letters and space"),
    ("１２３", "123", "full-width digits"),
    ("𝐱𝐢𝐧", "xin", "mathematical letters used as a font"),
    ("ﬁ", "fi", "ligature"),
    ("xin\u200bchào", "xinchào", "zero-width space"),
    ("\ufeffxin", "xin", "byte order mark"),
    ("chà\u00ado", "chào", "soft hyphen"),
    ("xin\u200d\u200c\u2060", "xin", "joiners"),
    ("\u202exin\u202c", "xin", "direction marks"),
    ("xin\u00a0chào", "xin chào", "non-breaking space"),
    ("xin\u2009chào", "xin chào", "thin space"),
    ("xin\tchào\r\n", "xin chào  ", "control characters are spaces"),
    ("xin\x00chào", "xin chào", "a zero byte"),
    ("e\u0301\u0302", "ế", "tone typed before its circumflex"),
    ("o\u031b\u0301", "ớ", "horn, then tone"),
    ("o\u0301\u031b", "ớ", "tone, then horn"),
    ("a\u0323\u0306", "ặ", "dot, then breve"),
    ("a\u0306\u0323", "ặ", "breve, then dot"),
    ("a\u0340", "à", "U+0340, the deprecated grave tone"),
    ("Café №5", "Café №5", "other signs stay"),
]

# written, normal form, why
NORMAL_FORMS = [
    ("Xin chào, Việt Nam!", "xin chào việt nam", "case and punctuation go"),
    ("  hoà \n\n bình ", "hòa bình", "spaces are squeezed, tones placed"),
    ("ĐẠI HỌC", "đại học", "capital Đ"),
    ("Ðại học", "đại học", "eth becomes đ"),
    ("năm 2024", "năm 2024", "digits stay"),
    ("2,5 km", "2 5 km", "a number never becomes another: 2,5 is not 25"),
    ("1.000.000", "1 000 000", "nor 1.000.000 a million without its dots"),
    ("Hà-Nội", "hà nội", "a hyphen parts words"),
    ("snake_case", "snake case", "an underscore too"),
    ("“Chào” – anh nói…", "chào anh nói", "typographic quotes, dash, ellipsis"),
    ("☎️ gọi 113 😀", "gọi 113", "pictures go"),
    ("İstanbul", "istanbul", "a lower-case letter that leaves a mark behind"),
    ("x\u0300in", "xin", "a tone that no letter takes up"),
    ("", "", "nothing"),
    ("?!", "", "nothing but marks"),
    ("ca\u200bfé", "café", "zero-width inside a word"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("written", "canonical", "why"), TONE_PLACES, ids=lambda value: value)
def test_tone_stands_on_its_canonical_letter(written, canonical, why, form):
    assert place_tones(clean(unicodedata.normalize(form, written))) == canonical, why
    assert place_tones(clean(unicodedata.normalize(form, written.upper()))) == canonical.upper(), why


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("written", "cleaned", "why"), LOOK_ALIKES, ids=lambda value: ascii(value))
def test_what_looks_the_same_is_spelt_the_same(written, cleaned, why, form):
    text = written if "\u0301\u0302" in written else unicodedata.normalize(form, written)
    assert clean(text) == cleaned, why


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("written", "normal", "why"), NORMAL_FORMS, ids=lambda value: ascii(value))
def test_normal_form(written, normal, why, form):
    assert normal_form(unicodedata.normalize(form, written)) == normal, why


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đường về quê", "Duong ve que"),
        ("ẵ ộ ử ỵ đ", "a o u y d"),
        ("hòa", "hoa"),
        ("naïve", "naive"),
        ("Москва 5", "Москва 5"),
    ],
)
def test_fold_takes_every_diacritic(text, folded, form):
    assert fold(unicodedata.normalize(form, text)) == folded


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("syllable", "toneless"),
    [("nước", "nươc"), ("đặng", "đăng"), ("ẤN", "ÂN"), ("hỏi", "hoi"), ("ngã", "nga"), ("ba", "ba"), ("thuở", "thuơ")],
)
def test_strip_tone_takes_the_tone_alone(syllable, toneless, form):
    assert strip_tone(unicodedata.normalize(form, syllable)) == toneless


def test_label_of_vietnamese_letters_is_taken():
    for text in ("", "xin chào việt nam", "ẳẵặ ềểễệ ỳỷỹỵ đ", "jazz fax web zalo"):
        check_alphabet(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Xin", "capital"),
        ("năm 2", "digit"),
        ("chào!", "punctuation"),
        ("chàо", "Cyrillic о"),
        (unicodedata.normalize("NFD", "chào"), "NFD"),
        ("a\u00a0b", "non-breaking space"),
        ("a\tb", "tab"),
        ("naïve", "a letter that is not Vietnamese"),
        ("ß", "German"),
        ("中", "Chinese"),
        ("a\u200bb", "zero-width"),
    ],
)
def test_label_with_a_stranger_is_refused_by_name(text, why):
    with pytest.raises(BadAlphabet) as refusal:
        check_alphabet(text)
    assert len(refusal.value.detail) > 20, why
