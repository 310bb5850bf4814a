"""`intaglio serve`: the page on which pictures are stylized and looked at."""

import os
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

_PASSWORD = "INTAGLIO_PASSWORD"  # noqa: S105 - the name of a variable
_SHORTEST_PASSWORD = 12


def run(
    folder: Annotated[Path, typer.Option(help="For pictures, jobs and results; made where it is missing.")] = Path(
        "intaglio-page"
    ),
    models: Annotated[
        list[Path] | None,
        typer.Option("--model", "-m", help="Folder of a network to offer beside those of the package.", show_default=False),
    ] = None,
    styles: Annotated[
        list[Path] | None,
        typer.Option("--style", "-s", help="Style pictures to offer: files, or folders of them.", show_default=False),
    ] = None,
    reports: Annotated[
        list[Path] | None, typer.Option("--report", help="Folder of a study's report to show.", show_default=False)
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port.")] = 8765,
    devices: Annotated[
        list[str] | None, typer.Option("--device", help="auto, cpu or cuda:0; several work side by side.", show_default=False)
    ] = None,
    memory: Annotated[str | None, typer.Option(help="Memory for a job to stay below, such as 2GB.")] = None,
    pixel_budget: Annotated[int, typer.Option(min=1, help="Largest picture accepted, in megapixels.")] = 200,
    public: Annotated[
        bool, typer.Option("--public", help=f"Answer other machines too, for the password in {_PASSWORD}.")
    ] = False,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="With --public: a name this machine is called by.", show_default=False)
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Serve a page to stylize pictures of any size, watch them, and compare networks.

    It answers this machine only, and whoever has the address that it prints. Whatever is killed goes on at the next start.
    """
    from intaglio.vocabulary.errors import OptionError
    from intaglio.vocabulary.quantities import parse_bytes

    try:
        import uvicorn

        from intaglio.web.server import Launch, application
    except ModuleNotFoundError as error:
        if error.name not in ("fastapi", "starlette", "uvicorn"):
            raise
        raise OptionError(f"the page needs {error.name}, which is not installed; pip install 'intaglio[web]'") from None
    from intaglio.cli.batch import find_contents
    from intaglio.web.caps import Caps
    from intaglio.web.desk import Desk
    from intaglio.web.lock import held
    from intaglio.web.planning import usable

    if names and not public:
        raise OptionError("--name is of use only with --public")
    password = _password() if public else None
    address = "0.0.0.0" if public else "127.0.0.1"  # noqa: S104 - asked for, and with a password
    own = find_contents([str(path) for path in styles]) if styles else []
    desk = Desk()
    launch = Launch(
        folder=folder.resolve(),
        networks=_networks(models or []),
        styles=tuple(own),
        studies=tuple(reports or ()),
        devices=desk.submit(usable, devices or ["auto"], models or [], own).result(),
        caps=Caps(pixels=pixel_budget * 1_000_000, memory=parse_bytes(memory) if memory else None),
        hosts=("127.0.0.1", "localhost", *(names or ())),
        password=password,
    )
    way_in = "" if public else f"?token={launch.token}"
    url = f"http://{names[0] if names else '127.0.0.1'}:{port}/{way_in}"
    with held(launch.folder):
        typer.echo(f"{url}\nEnd with Ctrl+C; jobs go on at the next start.")
        if show:
            webbrowser.open(url)
        uvicorn.run(
            application(launch, desk), host=address, port=port, log_level="warning", server_header=False, limit_concurrency=200
        )


def _networks(models: Sequence[Path]) -> dict[str, str]:
    """Folders by name: those of the package, then those given."""
    from intaglio.samples import NETWORKS
    from intaglio.vocabulary.errors import OptionError

    found = {name: str(path) for name, path in NETWORKS.items()}
    for model in models:
        name = model.resolve().name
        if name in found:
            raise OptionError(f"two networks are called {name!r}; rename the folder {model}")
        found[name] = str(model.resolve())
    return found


def _password() -> str:
    from intaglio.vocabulary.errors import OptionError

    password = os.environ.get(_PASSWORD, "")
    if len(password) < _SHORTEST_PASSWORD:
        raise OptionError(f"--public needs a password of at least {_SHORTEST_PASSWORD} characters in {_PASSWORD}")
    return password
