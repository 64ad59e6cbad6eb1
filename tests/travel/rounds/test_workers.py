"""Processes beside the first do not outlive it, not even where it is killed outright."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import multiprocessing, os, signal, time
from concurrent.futures import ProcessPoolExecutor
from marketmap.travel.rounds.workers import begin_worker, shield_from_interrupts
context = multiprocessing.get_context("spawn")
with ProcessPoolExecutor(1, mp_context=context, initializer=begin_worker) as pool:
    with shield_from_interrupts():
        first = pool.submit(os.getpid)
    held = pool.submit(signal.pthread_sigmask, signal.SIG_BLOCK, ())
    print(first.result(), flush=True)
    print([signal.SIGINT in mask for mask in (held.result(), signal.pthread_sigmask(signal.SIG_BLOCK, ()))], flush=True)
    time.sleep(60)
"""
PATIENCE = 15.0


def is_there(process: int) -> bool:
    """Say whether a process lives; one that has ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_worker_ends_when_the_first_process_is_killed() -> None:
    first = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    worker = int(first.stdout.readline())
    try:
        assert first.stdout.readline() == "[True, False]\n"  # Ctrl-C is held back from it since it began
        os.kill(worker, signal.SIGINT)  # is not the worker's to heed
        time.sleep(0.2)
        assert is_there(worker)
        first.kill()
        first.wait()
        end = time.monotonic() + PATIENCE
        while is_there(worker) and time.monotonic() < end:
            time.sleep(0.05)
        assert not is_there(worker)
    finally:
        first.kill()
        if is_there(worker):
            os.kill(worker, signal.SIGKILL)
        first.stdout.close()
