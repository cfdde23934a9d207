"""Text to pieces: a BPE of sentencepiece, trained on the labels that the model will learn."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from data.errors import EmptySplit
from models.training.run_folder import replacing


def train_tokenizer(texts: Iterable[str], folder: Path, *, pieces: int) -> Path:
    """Write `tokenizer.model` and `vocab.txt` into `folder`, as NeMo expects them; the same texts give the same bytes.

    Where the texts have fewer pieces to give than asked for, all of them are taken: every syllable is whole then.
    Raises:
        EmptySplit: there is no text.
    """
    import sentencepiece

    texts = [text for text in texts if text.strip()]
    if not texts:
        raise EmptySplit("no text to train a tokenizer on")
    letters = {letter for text in texts for letter in text}
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        model_type="bpe",
        # Each letter is a piece, beside <unk> and the word mark; sentencepiece refuses less.
        vocab_size=max(pieces, len(letters) + 8),
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="identity",  # Labels are in the house's normal form already.
        max_sentence_length=1 << 20,
        unk_id=0,
        bos_id=-1,
        eos_id=-1,
        num_threads=1,  # More threads may break ties of counts otherwise.
        minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    vocabulary = [processor.id_to_piece(i) for i in range(1, processor.get_piece_size())]
    with replacing(folder / "vocab.txt") as temporary:
        temporary.write_text("".join(f"{piece}\n" for piece in vocabulary), "utf-8")
    with replacing(folder / "tokenizer.model") as temporary:  # Last: who finds it, finds all.
        temporary.write_bytes(model.getvalue())
    return folder
