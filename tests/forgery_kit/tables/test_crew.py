"""Who does the work: results are the same, and whatever becomes of a worker, no other item pays for it."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from distributed import LocalCluster

from datasets.errors import ArgumentsError, MissingResourceError, OutOfScopeError
from forgery_kit.tables import dask_crew
from forgery_kit.tables.crew import Alone, check_crew
from forgery_kit.tables.work import LIVES, Lost, Work

ROOT = Path(__file__).parents[3]


def squares(settings: str, judge: None, items: Sequence[int]) -> list[str]:
    """The task of these tests."""
    return [
        f"{settings} {item * item} in {Path.cwd().name} by {os.environ['TF_NUM_INTRAOP_THREADS']}" for item in items
    ]


def deadly(settings: str, judge: None, items: Sequence[int]) -> list[int]:
    """Ends its worker, as the system does where memory runs out, at item 3; where a file lies, at 4, which it takes."""
    for item in items:
        with (Path(settings) / f"tried-{item}").open("a") as file:
            file.write("x")
        once = Path(settings) / "once"
        if item == 3 or (item == 4 and once.exists()):
            once.unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGKILL)
    return [10 * item for item in items]


def refuses(settings: str, judge: None, items: Sequence[int]) -> list[int]:
    """Meets what stops a whole run."""
    raise MissingResourceError("weights", "they are missing.", "Fetch them.")


def here_and_there() -> str:
    """A program of one version for the one who asks, of another for workers in threads of his process."""
    return "version 1" if threading.current_thread() is threading.main_thread() else "version 2"


@pytest.fixture(scope="module")
def two_workers() -> Iterator[dask_crew.DaskCrew]:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core here")
    with dask_crew.dask_crew(2, None) as crew:
        yield crew


def test_workers_give_what_one_process_gives(two_workers: dask_crew.DaskCrew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "1")
    work = Work(squares, "square", together=3)
    alone = list(Alone().do(work, range(10)))
    assert alone[4] == (4, f"square 16 in {Path.cwd().name} by 1")
    assert sorted(two_workers.do(work, range(10))) == alone


def test_no_more_items_are_taken_than_are_worked_on(two_workers: dask_crew.DaskCrew) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    found = two_workers.do(Work(squares, "", together=1), items())
    next(found)
    assert len(taken) <= 4
    found.close()


def test_an_item_that_ends_three_workers_is_given_up_and_no_other_is(
    two_workers: dask_crew.DaskCrew, tmp_path: Path
) -> None:
    (tmp_path / "once").touch()
    found = dict(two_workers.do(Work(deadly, str(tmp_path), together=2), range(6)))
    lost = found.pop(3)
    assert isinstance(lost, Lost)
    assert f"{LIVES} workers ended" in lost.reason
    assert found == {item: 10 * item for item in (0, 1, 2, 4, 5)}
    assert (tmp_path / "tried-3").read_text() == "x" * LIVES
    # A worker that somebody else ends costs a second try, no more.
    assert len((tmp_path / "tried-4").read_text()) <= 2


def test_what_stops_a_run_reaches_the_one_who_asked(two_workers: dask_crew.DaskCrew) -> None:
    with pytest.raises(MissingResourceError, match=r"weights: they are missing\. Fetch them\."):
        list(two_workers.do(Work(refuses, None, together=1), range(3)))


def test_a_worker_of_another_version_does_nothing(
    two_workers: dask_crew.DaskCrew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_crew, "program", lambda: "forgery_kit 99")
    with pytest.raises(ArgumentsError, match="a worker runs another program: forgery_kit"):
        list(two_workers.do(Work(squares, "", together=1), range(3)))


def test_workers_open_nothing_but_their_own_connections(two_workers: dask_crew.DaskCrew) -> None:
    client = two_workers._client
    assert client.scheduler.address.startswith("tls://127.0.0.1:")
    assert client.run_on_scheduler(lambda dask_scheduler: dict(dask_scheduler.services)) == {}
    assert client.run(lambda dask_worker: dict(dask_worker.services)) == {worker: {} for worker in client.nthreads()}
    assert set(client.nthreads().values()) == {1}


def test_a_cluster_that_runs_already_does_the_same_and_another_version_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": None, "processes": False}
    with LocalCluster(n_workers=1, threads_per_worker=1, **place) as cluster:
        address = cluster.scheduler_address
        check_crew(1, address)
        work = Work(squares, "square", together=3)
        with dask_crew.dask_crew(1, address) as crew:
            found = sorted(crew.do(work, range(7)))
        assert found == list(Alone().do(work, range(7)))
        monkeypatch.setattr(dask_crew, "program", here_and_there)
        with pytest.raises(ArgumentsError, match="runs another program: version 2"), dask_crew.dask_crew(1, address):
            pass


def test_an_address_where_nobody_is_or_nobody_works_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_crew, "PATIENCE", 1)
    with pytest.raises(MissingResourceError, match="no scheduler answers"), dask_crew.dask_crew(1, "tcp://127.0.0.1:9"):
        pass
    place = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": None, "processes": False}
    with (
        LocalCluster(n_workers=0, **place) as cluster,
        pytest.raises(MissingResourceError, match="has no workers"),
        dask_crew.dask_crew(1, cluster.scheduler_address),
    ):
        pass


@pytest.mark.parametrize(
    ("workers", "cluster"), [(0, None), (10_000, None), (2, "tcp://h:1"), (1, "h:1"), (1, "tcp://h"), (1, "http://h:1")]
)
def test_workers_that_cannot_be_had_are_refused(workers: int, cluster: str | None) -> None:
    with pytest.raises(ArgumentsError):
        check_crew(workers, cluster)


def test_errors_of_ours_come_back_from_a_worker_as_they_were() -> None:
    error = pickle.loads(pickle.dumps(OutOfScopeError("a.ink", "too little.", "Give more.")))
    assert (type(error), str(error), error.exit_code) == (OutOfScopeError, "a.ink: too little. Give more.", 4)


@pytest.mark.slow
def test_a_table_has_the_same_bytes_by_one_process_and_by_two_workers(tmp_path: Path) -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one core here")
    exhibits = ROOT / "datasets" / "exhibits"
    q, k, k2 = (exhibits / f"{name}.inkml" for name in ("q1", "k1", "k2"))
    rows = [f"{q},{k},", f"{q},{k};{k2},yes", f"{k2},{q},", "none.ink,none.ink,"]
    (tmp_path / "pairs.csv").write_text("\n".join(["questioned,known,same_sitting", *rows]) + "\n")
    made = []
    for workers in ("1", "2"):
        out = tmp_path / f"{workers}.csv"
        command = ["score", tmp_path / "pairs.csv", "-o", out, "--allow-generated", "--workers", workers]
        done = subprocess.run(
            [sys.executable, "cli.py", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 5, done.stderr
        made.append(out.read_bytes())
    assert made[0] == made[1]
    assert made[0].count(b"\n") == 5
