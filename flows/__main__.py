"""`python -m flows FLOW --config FILE …`: one flow, now, in this process. `python -m flows deployments`: on schedule.

What a flow asks for beside its config stands in its signature: `version: str | None = None` reads `--version`.
The last line on standard output is the flow's result as JSON. Exit 0: done; 3: done, and the gate said no; 2: the
caller can mend it; 1: anything else.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
from pathlib import Path

from data.errors import CallerError, GateRefused, TiengNoiError

REFUSED = 3


def flow_names() -> list[str]:
    """Every verb_noun.py beside this file."""
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*_*.py"))


def main(argv: list[str] | None = None) -> int:
    argv = sys.argv[1:] if argv is None else argv
    parser = argparse.ArgumentParser(prog="python -m flows", description="Run one flow now.")
    parser.add_argument("flow", choices=[*flow_names(), "deployments"])
    chosen = parser.parse_args(argv[:1]).flow

    from flows.environment import prepare
    from flows.server import prefect_server, wait_for_server

    prepare()
    with prefect_server():
        module = importlib.import_module(f"flows.{chosen}")
        flow = None if chosen == "deployments" else getattr(module, chosen)
        arguments = {} if flow is None else vars(_parser_of(flow).parse_args(argv[1:]))
        wait_for_server()
        try:
            result = module.serve_all() if flow is None else flow(**arguments)
        except GateRefused as error:
            print(f"{error.code}: {error.detail}", file=sys.stderr)
            return REFUSED
        except TiengNoiError as error:
            print(f"{error.code}: {error.detail}", file=sys.stderr)
            return 2 if isinstance(error, CallerError) else 1
    print(json.dumps(result, ensure_ascii=False, default=str))
    return 0


def _parser_of(flow) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m flows {flow.fn.__name__}", description=inspect.getdoc(flow.fn))
    for name, parameter in inspect.signature(flow.fn).parameters.items():
        many = parameter.default == ()
        needed = parameter.default is inspect.Parameter.empty
        option = f"--{name.replace('_', '-')}"
        if many:
            parser.add_argument(option, dest=name, action="append", default=[], metavar="KEY=VALUE")
        else:
            parser.add_argument(option, dest=name, required=needed, default=None if needed else parameter.default)
    return parser


if __name__ == "__main__":
    sys.exit(main())
