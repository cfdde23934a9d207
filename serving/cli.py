"""`tiengnoi`: the platform of one machine from the command line."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from data.config import read_config
from data.errors import CallerError, TiengNoiError, Unavailable
from serving import processes
from serving.local import LocalConfig, local_dir, parts
from serving.services import SERVICES


def main(argv: list[str] | None = None) -> int:
    """Run one verb; an error is one line with its code, exit 2 where the caller can mend it, else 1."""
    arguments = _parser().parse_args(argv)
    try:
        return arguments.run(arguments)
    except TiengNoiError as error:
        print(f"{error.code}: {error.detail}", file=sys.stderr)
        return 2 if isinstance(error, CallerError) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tiengnoi", description="Vietnamese speech on one machine.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb, run, about in (
        ("up", _up, "start MLflow, Prefect, the schedules and every released service"),
        ("down", _down, "stop them"),
        ("status", _status, "what runs, and where"),
        ("transcribe", _transcribe, "send audio files to the service"),
    ):
        sub = verbs.add_parser(verb, help=about, description=about)
        sub.set_defaults(run=run)
        sub.add_argument("--config", type=Path, default=Path("configs/serving/local.yaml"), help="ports")
        if verb == "transcribe":
            sub.add_argument("files", nargs="+", type=Path)
            sub.add_argument("--format", default="text", choices=["json", "text", "srt", "verbose_json", "vtt"])
    return parser


def _up(arguments: argparse.Namespace) -> int:
    found = parts(read_config(arguments.config, LocalConfig))
    for part in found:
        if part.name == "schedules":
            continue  # They need Prefect's server to be ready.
        processes.start(part, local_dir())
    for part in found:
        print(f"{part.name:<10} starting …", end="\r", flush=True)
        if part.name == "schedules":
            processes.start(part, local_dir())
        seconds = processes.wait_ready(part, local_dir())
        print(f"{part.name:<10} {part.url or 'runs':<24} {seconds:4.0f} s")
    for name in [name for name in SERVICES if name not in {part.name for part in found}]:
        print(f"{name:<10} no model is released yet: python -m flows release_model --family {SERVICES[name].family}")
    return 0


def _down(arguments: argparse.Namespace) -> int:
    for name in reversed([part.name for part in parts(read_config(arguments.config, LocalConfig))]):
        print(f"{name:<10} {'stopped' if processes.stop(name, local_dir()) else 'did not run'}")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    running = processes.running(local_dir())
    for part in parts(read_config(arguments.config, LocalConfig)):
        print(f"{part.name:<10} {running.get(part.name) or (part.name in running and 'runs') or 'down'}")
    return 0


def _transcribe(arguments: argparse.Namespace) -> int:
    import httpx  # Only this verb speaks HTTP.

    url = processes.running(local_dir()).get("asr")
    if not url:
        raise Unavailable("the speech service does not run: tiengnoi up")
    failed = 0
    for path in arguments.files:
        with path.open("rb") as file:
            answer = httpx.post(
                f"{url}/v1/audio/transcriptions",
                files={"file": (path.name, file)},
                data={"model": "asr-vi", "response_format": arguments.format},
                timeout=600,
            )
        if answer.status_code != 200:
            failed += 1
            problem = answer.json()
            print(f"{path}: {problem.get('code')}: {problem.get('detail')}", file=sys.stderr)
        elif arguments.format == "verbose_json":
            print(json.dumps(answer.json(), ensure_ascii=False, indent=2))
        else:
            print(answer.text.rstrip("\n"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
