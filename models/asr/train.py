"""`python -m models asr train`: a recipe and a packaged dataset to a `.nemo` and an MLflow run.

The same command goes on where a killed training stopped, in the same run, and does nothing where it had finished.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.config import read_config
from data.errors import LicenceForbids, TrainingFailed
from data.shards import ShardReader, read_dataset
from models.asr.config import Recipe
from models.asr.run_folder import RunFolder, RunState, fingerprint, replacing

if TYPE_CHECKING:
    import torch

    from models.asr.ctc_training import CtcTraining, Split

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training leaves behind."""

    run_id: str
    run_dir: str
    model: str
    model_sha256: str
    state: str
    """`finished`, or `stopped` by the time limit."""
    step: int
    best_step: int
    val_wer: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, help="recipe, configs/asr/NAME.yaml")
    parser.add_argument("--dataset", type=Path, required=True, help="packaged dataset, artifacts/datasets/NAME")
    parser.add_argument("--out", type=Path, required=True, help="folder of this training")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one value of the recipe")
    flow_run_id = os.environ.get("TIENGNOI_FLOW_RUN_ID", "")
    parser.add_argument("--flow-run-id", default=flow_run_id, help="for the lineage; TIENGNOI_FLOW_RUN_ID says it too")
    parser.add_argument("--fresh", action="store_true", help="forget what the folder holds and start anew")


def run(args: argparse.Namespace) -> int:
    recipe = read_config(args.config, Recipe, args.set)
    trained = train(recipe, dataset_dir=args.dataset, run_dir=args.out, flow_run_id=args.flow_run_id, fresh=args.fresh)
    if trained is not None:
        sys.stdout.write(json.dumps(asdict(trained), indent=2) + "\n")
    return 0


def train(recipe: Recipe, *, dataset_dir: Path, run_dir: Path, flow_run_id: str = "", fresh: bool = False) -> Trained | None:
    """Train, or go on training, in `run_dir`; None in every process of a distributed training but the first.

    Raises:
        Busy: another training writes to `run_dir`.
        ConfigError: `run_dir` holds the training of another recipe or dataset.
        LicenceForbids: the dataset is for evaluation only.
        TrainingFailed: the loss is not finite.
    """
    dataset = read_dataset(dataset_dir)
    if dataset.get("usage") == "evaluation":
        raise LicenceForbids(f"{dataset.get('name')} may be used for evaluation only ({dataset.get('licence')})")
    folder, mark = RunFolder(run_dir), fingerprint(recipe, dataset)
    if _rank() != 0:
        folder.await_rank_zero(mark)
        _fit(recipe, folder, dataset_dir, callbacks=[])
        return None
    with folder.locked():
        state = folder.begin(mark, fresh=fresh)
        if state.state == "finished" and folder.model.is_file():
            return _trained(folder, state)
        return _train_first(recipe, folder, state, dataset_dir, flow_run_id)


def _train_first(recipe: Recipe, folder: RunFolder, state: RunState, dataset_dir: Path, flow_run_id: str) -> Trained:
    """The process that owns the folder and the MLflow run."""
    with _logging_to(folder.log):
        _prepare_tokenizer(recipe, folder, dataset_dir)
        import mlflow

        from models.asr.mlflow_callback import MlflowCallback, start_run
        from models.tracking import collect_lineage

        lineage = collect_lineage(Path.cwd(), dataset_dir, flow_run_id=flow_run_id)
        run_id = start_run(recipe, run_id=state.mlflow_run_id, dataset_dir=dataset_dir, lineage=lineage, run_dir=folder.path)
        ended = "FAILED"
        try:
            folder.update(mlflow_run_id=run_id, state="running")
            out_of_time = _fit(recipe, folder, dataset_dir, callbacks=[MlflowCallback(recipe, plots_dir=folder.plots)])
            state = folder.update(state="stopped" if out_of_time else "finished")
            trained = _trained(folder, state)
            mlflow.log_metrics({"best_val_wer": trained.val_wer, "best_step": trained.best_step})
            mlflow.set_tags(
                {"model.nemo": str(folder.model), "model.nemo.sha256": trained.model_sha256, "train.state": trained.state}
            )
            ended = "FINISHED"
        finally:
            mlflow.end_run(ended)
    return trained


def _prepare_tokenizer(recipe: Recipe, folder: RunFolder, dataset_dir: Path) -> None:
    if recipe.tokenizer.keep or (folder.tokenizer / "tokenizer.model").is_file():
        return
    from models.asr.tokenizer import train_tokenizer

    texts = [utterance.text for utterance in ShardReader(dataset_dir, "train").utterances]
    train_tokenizer(texts, folder.tokenizer, pieces=recipe.tokenizer.pieces)


def _fit(recipe: Recipe, folder: RunFolder, dataset_dir: Path, *, callbacks: list[Any]) -> bool:
    """Train to the end and write model.nemo; True where the time limit came first."""
    _LOG.info("loading NeMo, which takes half a minute")
    import lightning.pytorch as pl
    import torch

    from models.asr.build import build, settle_subsampling
    from models.asr.checkpoints import Checkpoints
    from models.asr.ctc_training import CtcTraining, usable
    from models.asr.progress import Progress

    _quiet()
    settings = recipe.trainer
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    pl.seed_everything(settings.seed, verbose=False)
    train_reader = ShardReader(dataset_dir, "train")
    train_split = usable(train_reader, max_duration_s=recipe.batch.max_duration_s)
    left_out = len(train_reader) - len(train_split.positions)
    dev_split = usable(ShardReader(dataset_dir, "dev"), max_duration_s=float("inf"))
    model = build(recipe, folder.tokenizer)
    if not recipe.model.start_from and not folder.last.is_file():
        settle_subsampling(model, *_some_clips(train_split))
    training = CtcTraining(recipe, model, train_split, dev_split)
    hours = sum(u.duration_s for u in train_split.utterances) / 3600
    _LOG.info(
        "%s: %.2f M parameters, %d pieces, %.2f h in %d utterances (%d too long), %d steps",
        *(recipe.name, sum(p.numel() for p in training.parameters()) / 1e6, training.model.tokenizer.vocab_size),
        *(hours, len(train_split.positions), left_out, settings.max_steps),
    )
    progress = Progress(max_steps=settings.max_steps, max_minutes=settings.max_minutes)
    keeping = Checkpoints(folder, minutes=settings.checkpoint_minutes, every_steps=recipe.validate_every_steps)
    trainer = pl.Trainer(
        accelerator=settings.accelerator,
        devices=settings.devices,
        num_nodes=settings.nodes,
        strategy=_strategy(settings.strategy),
        precision=settings.precision,
        max_steps=settings.max_steps,
        max_epochs=-1,
        accumulate_grad_batches=recipe.optimizer.accumulate,
        val_check_interval=recipe.validate_every_steps * recipe.optimizer.accumulate,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,  # Our plan shares the batches out already.
        callbacks=[progress, *callbacks, keeping],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    if folder.last.is_file():
        _LOG.info("going on from %s", folder.last)
    trainer.fit(training, ckpt_path=str(folder.last) if folder.last.is_file() else None)
    if trainer.is_global_zero:
        _save_best(training, folder)
    return progress.out_of_time


def _some_clips(split: Split, count: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Clips spread evenly over the split, all cut to the shortest: samples_BT, samples_B."""
    import torch

    chosen = split.positions[:: max(1, len(split.positions) // count)][:count]
    clips = [torch.from_numpy(split.reader[position]) for position in chosen]
    shortest = min(map(len, clips))
    return torch.stack([clip[:shortest] for clip in clips]), torch.full((len(clips),), shortest)


def _save_best(training: CtcTraining, folder: RunFolder) -> None:
    """model.nemo: the weights of the best validation, whole or not at all."""
    import torch

    from models.asr.build import sha256_of_file

    if not folder.best.is_file():
        raise TrainingFailed("the training ended before its first validation: raise the time limit")
    training.load_state_dict(torch.load(folder.best, map_location="cpu", weights_only=True))
    model = training.model
    model.cfg.preprocessor.dither = 0.0  # A checkpoint that training started from may have dithered.
    with replacing(folder.model) as temporary:
        model.save_to(str(temporary))
    folder.update(model_sha256=sha256_of_file(folder.model))


def _strategy(name: str) -> Any:
    if name != "fsdp":
        return name
    from lightning.pytorch.strategies import FSDPStrategy
    from nemo.collections.asr.parts.submodules.conformer_modules import ConformerLayer

    # Full states: one file, whatever the number of devices that goes on with it.
    return FSDPStrategy(state_dict_type="full", auto_wrap_policy={ConformerLayer})


def _trained(folder: RunFolder, state: RunState) -> Trained:
    return Trained(
        run_id=state.mlflow_run_id,
        run_dir=str(folder.path),
        model=str(folder.model),
        model_sha256=state.model_sha256,
        state=state.state,
        step=state.step,
        best_step=state.best_step,
        val_wer=state.best_wer if state.best_wer is not None else 1.0,
    )


def _rank() -> int:
    """This process's place in a distributed training, as torchrun, Lightning or Slurm told it."""
    for name in ("RANK", "SLURM_PROCID"):
        if name in os.environ:
            return int(os.environ[name])
    return int(os.environ.get("NODE_RANK", "0")) or int(os.environ.get("LOCAL_RANK", "0"))


class _logging_to:
    """Our log lines go to a file and to stderr while the block runs."""

    def __init__(self, path: Path) -> None:
        self._handlers = [logging.FileHandler(path, encoding="utf-8"), logging.StreamHandler(sys.stderr)]

    def __enter__(self) -> None:
        house = logging.getLogger("models")
        house.setLevel(logging.INFO)
        for handler in self._handlers:
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
            house.addHandler(handler)

    def __exit__(self, *_: object) -> None:
        for handler in self._handlers:
            logging.getLogger("models").removeHandler(handler)
            handler.close()


def _quiet() -> None:
    """Lightning's and NeMo's hints are about loaders and loggers that are not theirs here."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"(lightning|nemo|torch)\.")
