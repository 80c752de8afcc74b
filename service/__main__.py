"""``python -m service``: the command line, for where no script is installed."""

from service.cli import main

if __name__ == "__main__":
    main()
