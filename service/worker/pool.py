"""A pool of analysis processes that survives any article.

Each process has a pipe of its own, works on one article at a time and answers them in order. So when one dies (out of memory, a fault in native
code) or hangs, the article that it was at is known without any search, and no other article is touched. That article is
tried once more in a fresh process, since the first death may have had another cause; the second time it is the article.
"""

import asyncio
import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal

import structlog

from service.messages.errors import qualified_name
from service.worker.errors import AnalysisCannotStartError, FatalError, NotRenewedError
from service.worker.process import CannotStart, Outcome, Ready, Rejected, Task

log = structlog.get_logger(__name__)

TRIES: Final = 2
"""An article that ends a process is given this many processes before it is a dead letter."""

AHEAD: Final = 2
"""Articles that a process is given at a time: the one that it is at, and the next, so that it never waits for us."""

SLICE_S: Final = 0.5
"""Waiting is counted in slices, not by the clock: when the whole pod is stopped and continued, the pause counts as one."""

START_LIMIT_S: Final = 120
"""Longest start of a process, seconds: it loads the model in about one, on a starved machine in many."""

START_TRIES: Final = 5
"""Starts in a row that may fail before the pool gives up; the wait between them doubles from one second."""

LIMIT_COVERS_BYTES: Final = 100_000
"""The time limit is for so many bytes; a larger article gets proportionally more, as its analysis takes linear time."""

RestartReason = Literal["died", "hung"]


class ProcessDied(Exception):
    """An analysis process ended in the middle of an article."""


class TimeLimitExceeded(Exception):
    """An article took longer than the time limit; its process was killed."""


class AnalysisProcess:
    """One child process and the pipe to it. All methods block: they are called on threads of the pool."""

    def __init__(self, target: Callable[..., None], arguments: Sequence[Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=target, args=(theirs, *arguments), name="analysis", daemon=True)
        self._process.start()
        theirs.close()  # so that the child's death is the end of the pipe

    @property
    def pid(self) -> int | None:
        """Process id."""
        return self._process.pid

    def wait_ready(self) -> Ready:
        """The child's first word.

        Raises:
            AnalysisCannotStartError: its analysis does not load.
            ProcessDied, TimeLimitExceeded: it never came so far.
        """
        word = self._receive(START_LIMIT_S)
        if isinstance(word, CannotStart):
            raise AnalysisCannotStartError(word.reason, word.file, word.place)
        assert isinstance(word, Ready)
        return word

    def send(self, task: Task) -> None:
        """Give the child an article; it reads it at once, and works on it when it is done with those before.

        Raises:
            ProcessDied: the process ended.
        """
        try:
            self._connection.send(task)
        except OSError as error:
            raise ProcessDied(self._obituary()) from error

    def receive(self, limit_s: float) -> Outcome:
        """The outcome of the article that the child is at.

        Raises:
            ProcessDied: the process ended.
            TimeLimitExceeded: no answer within ``limit_s`` seconds.
        """
        outcome: Outcome = self._receive(limit_s)
        return outcome

    def _receive(self, limit_s: float) -> Any:
        waited = 0.0
        try:
            while not self._connection.poll(min(SLICE_S, limit_s)):
                waited += SLICE_S
                if waited >= limit_s:
                    raise TimeLimitExceeded(f"no answer within {limit_s:g} s")
            return self._connection.recv()
        except (EOFError, OSError) as error:
            raise ProcessDied(self._obituary()) from error

    def _obituary(self) -> str:
        self._process.join(5)
        code = self._process.exitcode
        if code is not None and code < 0:
            hint = " (out of memory?)" if code == -9 else ""
            return f"the analysis process was ended by signal {-code}{hint}"
        return f"the analysis process ended with exit status {code}"

    def end(self) -> None:
        """Kill the process; a thread that waits for its answer sees the end of the pipe. An article has no state to save."""
        self._process.kill()
        self._process.join()
        self._connection.close()


class Job:
    """An article, the future of its outcome, and whether a process has begun with it."""

    __slots__ = ("future", "started", "task")

    def __init__(self, task: Task) -> None:
        self.task = task
        self.started = False
        self.future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()


class Turn:
    """The order to one slot that another process takes the place of its own; ``successor`` is warm and waits."""

    def __init__(self) -> None:
        self.successor: AnalysisProcess | None = None
        self.given = asyncio.Event()
        self.taken = asyncio.Event()
        self.taken.set()

    async def give(self, successor: AnalysisProcess) -> None:
        """Hand a process to the slot, and wait until it works there."""
        self.successor = successor
        self.taken.clear()
        self.given.set()
        await self.taken.wait()

    def take(self) -> AnalysisProcess | None:
        """The process that waits, if there is one."""
        successor, self.successor = self.successor, None
        self.given.clear()
        self.taken.set()
        return successor


class Pool:
    """``processes`` children that work off articles in the order of submission."""

    def __init__(
        self,
        processes: int,
        *,
        target: Callable[..., None],
        arguments: Sequence[Any],
        time_limit_s: float,
        on_restart: Callable[[RestartReason], None] = lambda reason: None,
    ) -> None:
        self.processes = processes
        self._target = target
        self._arguments = arguments
        self._time_limit_s = time_limit_s
        self._on_restart = on_restart
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._threads = ThreadPoolExecutor(max_workers=processes + 1, thread_name_prefix="pool")
        self._slots: list[asyncio.Task[None]] = []
        self._warm: dict[int, AnalysisProcess] = {}
        self._turns = [Turn() for _ in range(processes)]

    @property
    def warm(self) -> bool:
        """Whether every process has loaded its model."""
        return len(self._warm) == self.processes

    @property
    def warm_processes(self) -> int:
        """How many processes are ready to work."""
        return len(self._warm)

    @property
    def pids(self) -> list[int]:
        """Process ids of the children that are ready."""
        return [process.pid for process in self._warm.values() if process.pid is not None]

    async def start(self) -> Ready:
        """Start all processes and wait until they are warm.

        Raises:
            FatalError: the analysis does not load, or processes keep dying at the start.
        """
        first: list[asyncio.Future[Ready]] = [asyncio.get_running_loop().create_future() for _ in range(self.processes)]
        self._slots = [asyncio.create_task(self._slot(index, ready)) for index, ready in enumerate(first)]
        words = await asyncio.gather(*first)
        return words[0]

    def submit(self, task: Task) -> Job:
        """Queue one article; ``job.future`` gives its outcome. Cancel the future to take it back."""
        job = Job(task)
        self._jobs.put_nowait(job)
        return job

    async def renew(self, arguments: Sequence[Any]) -> Ready:
        """Put processes that start with these arguments in the place of all others, one after another, each between two articles.

        The first one is started before anything changes. From then on a process that dies comes back with the new
        arguments, too. All the while there is one process more than the pool has.

        Raises:
            NotRenewedError: the first one does not start, and nothing has changed.
            FatalError: a later one does not start, and the pool cannot go on.
        """
        try:
            process, word = await self._started(arguments)
        except AnalysisCannotStartError as error:
            raise NotRenewedError(error.reason, error.file, error.place) from error
        except FatalError as error:
            raise NotRenewedError(str(error)) from error
        self._arguments = arguments
        for number, turn in enumerate(self._turns):
            if number:
                process, _ = await self._started(arguments)
            try:
                await turn.give(process)
            finally:
                if turn.take() is not None:
                    process.end()
        return word

    async def watch(self) -> None:
        """Wait until the pool cannot go on. Who stops watching does not stop the pool: the lanes still drain through it.

        Raises:
            FatalError: processes keep dying while they start.
        """
        done, _ = await asyncio.wait(self._slots, return_when=asyncio.FIRST_EXCEPTION)
        for slot in done:
            slot.result()

    async def stop(self) -> None:
        """End all processes at once: who wants an outcome waits for it before."""
        for slot in self._slots:
            slot.cancel()
        await asyncio.gather(*self._slots, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _slot(self, index: int, first: "asyncio.Future[Ready]") -> None:
        """One place in the pool: a process, and its successors."""
        suspect: Job | None = None
        tries = 0
        returned: deque[Job] = deque()
        turn = self._turns[index]
        while True:
            process = turn.take() or await self._start_process(first)
            self._warm[index] = process
            given: deque[Job] = deque()
            try:
                if suspect is not None:  # once more, and alone
                    await self._give(process, given, suspect)
                    await self._take(process, given)
                suspect = None
                while (job := await self._next_job(returned, turn)) is not None:
                    await self._give(process, given, job)
                    while given:
                        await self._give_ahead(process, given, returned, turn)
                        await self._take(process, given)
            except (ProcessDied, TimeLimitExceeded) as error:
                reason: RestartReason = "died" if isinstance(error, ProcessDied) else "hung"
                self._on_restart(reason)
                head = given.popleft()
                returned.extend(given)  # it had not begun with these
                tries = tries + 1 if head is suspect else 1
                self._log_loss(head, error, tries)
                suspect = None if head.future.done() or tries >= TRIES else head
                if suspect is None:
                    self._reject(head, error)
            finally:
                if turn.successor is None:
                    self._warm.pop(index, None)
                await asyncio.shield(self._on_default_thread(process.end))

    async def _give(self, process: AnalysisProcess, given: deque[Job], job: Job) -> None:
        job.started = True
        given.append(job)
        await self._on_thread(process.send, job.task)

    async def _take(self, process: AnalysisProcess, given: deque[Job]) -> None:
        outcome = await self._on_thread(process.receive, self._limit(given[0].task))
        job = given.popleft()
        if not job.future.done():
            job.future.set_result(outcome)

    async def _start_process(self, first: "asyncio.Future[Ready]") -> AnalysisProcess:
        try:
            process, word = await self._started(self._arguments)
        except FatalError as error:
            if not first.done():
                first.set_exception(error)
            raise
        if not first.done():
            first.set_result(word)
        return process

    async def _started(self, arguments: Sequence[Any]) -> tuple[AnalysisProcess, Ready]:
        """A process that is warm, and its first word."""
        for attempt in range(1, START_TRIES + 1):
            process: AnalysisProcess = await self._on_thread(AnalysisProcess, self._target, arguments)
            try:
                return process, await self._on_thread(process.wait_ready)
            except (ProcessDied, TimeLimitExceeded) as error:
                await self._on_default_thread(process.end)
                self._on_restart("died")
                log.error("analysis_process_start_failed", attempt=attempt, reason=str(error))
                await asyncio.sleep(2 ** (attempt - 1))
            except BaseException:
                process.end()
                raise
        raise FatalError(f"analysis processes died {START_TRIES} times in a row while they started")

    def _limit(self, task: Task) -> float:
        return self._time_limit_s * max(1.0, len(task.value or b"") / LIMIT_COVERS_BYTES)

    async def _give_ahead(self, process: AnalysisProcess, given: deque[Job], returned: deque[Job], turn: Turn) -> None:
        """The next article, if there is one just now and the process goes on after the one that it is at."""
        if len(given) < AHEAD and not turn.given.is_set() and (ahead := self._waiting_job(returned)) is not None:
            await self._give(process, given, ahead)

    async def _next_job(self, returned: deque[Job], turn: Turn) -> Job | None:
        """The next article that is still wanted, those that came back from a dead process first; None: it is time to change."""
        while not turn.given.is_set():
            if (job := self._waiting_job(returned)) is not None:
                return job
            coming = asyncio.create_task(self._jobs.get())  # cancelled, it leaves the article in the queue
            changing = asyncio.create_task(turn.given.wait())
            try:
                await asyncio.wait((coming, changing), return_when=asyncio.FIRST_COMPLETED)
            finally:
                changing.cancel()
                coming.cancel()
            if coming.done() and not coming.result().future.done():
                return coming.result()
        return None

    def _waiting_job(self, returned: deque[Job]) -> Job | None:
        """The same, but None when there is none just now."""
        while returned or not self._jobs.empty():
            job = returned.popleft() if returned else self._jobs.get_nowait()
            if not job.future.done():
                return job
        return None

    def _reject(self, job: Job, error: Exception) -> None:
        if not job.future.done():
            job.future.set_result(Rejected("analyse", qualified_name(error), f"{error}, {TRIES} times in a row"))

    def _log_loss(self, job: Job, error: Exception, tries: int) -> None:
        task = job.task
        log.warning(
            "analysis_process_lost",
            reason=str(error),
            topic=task.topic,
            partition=task.partition,
            offset=task.offset,
            attempt=tries,
        )

    async def _on_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    async def _on_default_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, function, *arguments)
