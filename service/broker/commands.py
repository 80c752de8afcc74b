"""``harbinger broker``: an Apache Kafka in the background, for a person at a keyboard."""

from pathlib import Path
from typing import Annotated

import typer

from service.broker.background import Background, start_background
from service.broker.sums import DEFAULT_VERSION

app = typer.Typer(no_args_is_help=True)


@app.command()
def start(
    version: Annotated[str, typer.Option(help="Release of Apache Kafka: 4.4.0 or 3.9.2.")] = DEFAULT_VERSION,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port for clients; 0 chooses a free one.")] = 9092,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keep the data in this folder; else they go when it stops.", file_okay=False)
    ] = None,
) -> None:
    """Start one in the background and wait until it is ready (3 s; the first time, fetching it takes 20 s more)."""
    broker = start_background(version, port, data_dir)
    print(f"Apache Kafka {broker.version} is ready.")
    print(f"  bootstrap servers  {broker.bootstrap_servers}")
    print(f"  data               {broker.data_dir}")
    print(f"  log                {broker.log_file}")
    print(f"Use it:  export HARBINGER_KAFKA__BOOTSTRAP_SERVERS={broker.bootstrap_servers}")
    print("Stop it: harbinger broker stop")


@app.command()
def status() -> None:
    """Say whether it runs, and where. Exit status 1: it does not."""
    broker = Background.find()
    if broker is None or not broker.runs():
        print("not running" if broker is None else f"died (log: {broker.log_file}); start or stop tidies up")
        raise typer.Exit(1)
    print(f"running: Apache Kafka {broker.version} at {broker.bootstrap_servers}, process {broker.pid}")
    print(f"  data  {broker.data_dir}")
    print(f"  log   {broker.log_file}")


@app.command()
def stop() -> None:
    """Stop it; its data go too, unless a folder was chosen for them. No error when none runs."""
    broker = Background.find()
    if broker is None:
        print("not running")
        return
    broker.stop()
    print(f"stopped; data kept in {broker.data_dir}" if broker.keeps_data else "stopped, data removed")
