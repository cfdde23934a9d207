"""The options of `python -m models FAMILY train`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from models.training.job import Job, run_job


def add_arguments(parser: argparse.ArgumentParser, *, family: str, dataset: str) -> None:
    """Declare them; `dataset` says what a dataset of the family is."""
    parser.add_argument("--config", type=Path, required=True, help=f"recipe, configs/{family}/NAME.yaml")
    parser.add_argument("--dataset", type=Path, required=True, help=dataset)
    parser.add_argument("--out", type=Path, required=True, help="folder of this training")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one value of the recipe")
    flow_run_id = os.environ.get("TIENGNOI_FLOW_RUN_ID", "")
    parser.add_argument("--flow-run-id", default=flow_run_id, help="for the lineage; TIENGNOI_FLOW_RUN_ID says it too")
    parser.add_argument("--fresh", action="store_true", help="forget what the folder holds and start anew")


def run(args: argparse.Namespace, job: Job) -> int:
    """Train, and print what came out as JSON (the first process of a distributed training alone)."""
    trained = run_job(job, flow_run_id=args.flow_run_id, fresh=args.fresh)
    if trained is not None:
        sys.stdout.write(json.dumps(trained.to_json(), indent=2) + "\n")
    return 0
