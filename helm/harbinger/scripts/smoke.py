"""What ``helm test`` runs, with the Python of the image: every address given must answer 200 within a minute."""

import sys
import time
import urllib.error
import urllib.request

WITHIN_S = 60.0
"""Seconds for all of them: a monitor that has just started restores its state first."""
PAUSE_S = 2.0
SHOWN = 500
"""Characters of an answer that are repeated."""


def ask(url: str) -> tuple[bool, str]:
    """Whether the address answers 200, and what it said."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200, answer.read(SHOWN).decode("utf-8", "replace").strip()
    except urllib.error.HTTPError as error:
        return False, f"{error.code} {error.read(SHOWN).decode('utf-8', 'replace').strip()}"
    except OSError as error:
        return False, str(error)


def main(urls: list[str], within_s: float = WITHIN_S, pause_s: float = PAUSE_S) -> int:
    """Ask each until it answers; 1 when one does not in time."""
    deadline = time.monotonic() + within_s
    for url in urls:
        good, said = ask(url)
        while not good and time.monotonic() < deadline:
            time.sleep(pause_s)
            good, said = ask(url)
        print(f"{'ok  ' if good else 'FAIL'} {url} {said}", flush=True)
        if not good:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
