"""`python -m data STEP --config configs/data/NAME.yaml`: what each stage of dvc.yaml calls.

import validate split shard card    one step; each reads what the step before it left
package                             all of them, without DVC
synthesize                          make the audio of a synthetic corpus, and no more
add                                 let dvc.yaml know a configuration of your own
pairs                               spoken and written text from punctuated text (--config configs/data/pairs/NAME.yaml)
queries                             queries and passages from running text (--config configs/data/queries/NAME.yaml)
paraphrases                         questions in other words than the held-out passages of that text (the same --config)
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

STEPS = ("import", "validate", "split", "shard", "card")


def main(argv: list[str] | None = None) -> int:
    """Run one verb; 0 is well, 2 is a coded error on standard error."""
    from data.errors import TiengNoiError

    parser = argparse.ArgumentParser(prog="python -m data", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("step", choices=[*STEPS, "package", "synthesize", "add", "pairs", "queries", "paraphrases"])
    parser.add_argument("--config", type=Path, required=True, help="a file of configs/data")
    parser.add_argument(
        "--out", type=Path, help="the dataset's folder; artifacts/datasets/NAME (pairs/, queries/, paraphrases/NAME) by default"
    )
    parser.add_argument("--set", dest="overrides", action="append", default=[], metavar="KEY=VALUE", help="override a setting")
    parser.add_argument("--by", choices=("synonyms", "hand"), default="synonyms", help="how paraphrases are found")
    parser.add_argument("--workers", type=int, help="processes; one a core by default")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        _run(arguments)
    except TiengNoiError as error:
        print(f"{error.code}: {error.detail}" + (f" (at {error.pointer})" if error.pointer else ""), file=sys.stderr)
        return 2
    return 0


def _run(arguments: argparse.Namespace) -> None:
    from data.artifacts import artifacts_dir

    if arguments.step == "pairs":
        from data.pairs.build import build_pairs, read_pairs_config

        pairs = read_pairs_config(arguments.config, arguments.overrides)
        out = arguments.out or artifacts_dir() / "pairs" / pairs.name
        described = build_pairs(pairs, out, workers=arguments.workers)
        splits = {name: split["pairs"] for name, split in described["splits"].items()}
        print(json.dumps({"pairs": str(out), "digest": described["digest"], "splits": splits}))
        return
    if arguments.step == "queries":
        from data.queries.build import build_queries, read_queries_config

        queries = read_queries_config(arguments.config, arguments.overrides)
        out = arguments.out or artifacts_dir() / "queries" / queries.name
        described = build_queries(queries, out, workers=arguments.workers)
        splits = {name: split["queries"] for name, split in described["splits"].items()}
        print(json.dumps({"queries": str(out), "digest": described["digest"], "splits": splits}))
        return
    if arguments.step == "paraphrases":
        from data.paraphrases.build import build_paraphrases, set_name
        from data.queries.build import read_queries_config

        asked = read_queries_config(arguments.config, arguments.overrides)
        out = arguments.out or artifacts_dir() / "paraphrases" / set_name(asked, arguments.by)
        described = build_paraphrases(asked, out, arguments.by)
        counts = {name: described[name] for name in ("digest", "passages", "queries", "judgements")}
        print(json.dumps({"paraphrases": str(out), **counts}))
        return
    # Text needs nothing of what audio needs.
    from data.config import read_config
    from data.corpus.config import DatasetConfig
    from data.pack.layout import Layout, locked

    config = read_config(arguments.config, DatasetConfig, arguments.overrides)
    if arguments.step == "add":
        from data.pack.stages import add_dataset

        added = add_dataset(Path.cwd(), arguments.config, config.name)
        print(f"{config.name} is {'now ' if added else ''}known: dvc repro card@{config.name}")
        return
    layout = Layout(arguments.out or artifacts_dir() / "datasets" / config.name)
    with locked(layout.out):
        if arguments.step == "synthesize":
            from data.corpus.synthetic import synthesize

            print(synthesize(config, layout.imported, workers=arguments.workers))
            return
        for step in STEPS if arguments.step == "package" else (arguments.step,):
            print(json.dumps({step: _step(step, config, layout, arguments.workers)}, ensure_ascii=False))


def _step(step: str, config, layout, workers: int | None) -> dict:
    """Run one step and answer what is worth a line of the log."""
    if step == "import":
        from data.pack.intake import import_corpus

        return import_corpus(config, layout, workers=workers)
    if step == "validate":
        from data.pack.validate import validate

        return validate(config, layout, workers=workers)
    if step == "split":
        from data.pack.split import split

        return split(config, layout)
    if step == "shard":
        from data.pack.shards import shard

        described = shard(config, layout, workers=workers)
        return {"digest": described["digest"], "shards": {n: len(s["shards"]) for n, s in described["splits"].items()}}
    from data.pack.card import card

    return {"card": str(layout.card / "README.md"), "digest": card(config, layout)["digest"]}


if __name__ == "__main__":
    sys.exit(main())
