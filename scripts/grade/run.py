"""Runs a handed-in notebook within limits: run.py, with one JSON object on the standard input:

{"source", "target", "folder", "first", "cell_seconds", "seconds", "memory", "output", "grace"}

`first` is code that runs before the first cell. A cell that fails, or that is stopped after `cell_seconds`, does not end the
run; a kernel that ends does, and so do `seconds` for all cells, `memory` bytes for the kernel and all that it has started, and
`output` bytes that the cells have shown. `target` gets the notebook with what its cells have shown. The standard output gets a
JSON object {"ended": null | "time" | "memory" | "output" | "exit", "cell", "stopped": [cells]}; cells count from 1.
"""
import json
import os
import queue
import signal
import subprocess
import sys
import time

import nbformat
from jupyter_client.manager import KernelManager

# The Deno kernel now and then publishes a cell's result after its status "idle".
GRACE = 0.15
MAKES_OUTPUT = ("stream", "display_data", "execute_result", "error")


class Ended(Exception):
    pass


def memory_of(group):
    """Bytes that the processes of a group hold in memory."""
    page, total = os.sysconf("SC_PAGE_SIZE"), 0
    if not os.path.isdir("/proc/self"):
        shown = subprocess.run(["ps", "-A", "-o", "pgid=,rss="], capture_output=True, text=True).stdout
        rows = [line.split() for line in shown.splitlines()]
        return sum(int(rss) * 1024 for pgid, rss in rows if int(pgid) == group)
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
            if int(fields[2]) == group:
                total += int(fields[21]) * page
        except (OSError, ValueError, IndexError):
            continue  # it has ended meanwhile
    return total


class Run:
    def __init__(self, notebook, folder, cell_seconds, seconds, memory, output, grace):
        self.notebook, self.cell_seconds, self.grace = notebook, cell_seconds, grace
        self.memory, self.output, self.shown, self.stopped = memory, output, 0, []
        self.manager = KernelManager(kernel_name="deno")
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        self.manager.start_kernel(cwd=folder, **quiet)
        self.group = self.manager.provisioner.pid  # jupyter_client makes the kernel the leader of a group
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.end, self.looked, self.parent = time.monotonic() + seconds, 0.0, os.getppid()

    def check(self):
        now = time.monotonic()
        if now > self.end:
            raise Ended("time")
        if now - self.looked > 0.2:
            self.looked = now
            if memory_of(self.group) > self.memory:
                raise Ended("memory")
            if not self.manager.is_alive():
                raise Ended("exit")
            if os.getppid() != self.parent:
                raise Ended("time")  # the grader was stopped: its kernels must not go on

    def execute(self, code, outputs):
        """Runs code. Whether it has ended by itself; else it was interrupted."""
        request = self.client.execute(code, allow_stdin=False)
        limit, interrupted, idle = time.monotonic() + self.cell_seconds, None, None
        while True:
            self.check()
            now = time.monotonic()
            if idle is not None and now - idle > GRACE:
                return interrupted is None
            if idle is None and interrupted is None and now > limit:
                self.manager.interrupt_kernel()
                interrupted = now
            if idle is None and interrupted is not None and now - interrupted > self.grace:
                raise Ended("time")  # it waits for something that Stop does not reach
            try:
                message = self.client.get_iopub_msg(timeout=0.05)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            kind = message["msg_type"]
            if kind == "status" and message["content"]["execution_state"] == "idle":
                idle = time.monotonic()
            if kind in MAKES_OUTPUT:
                self.shown += len(json.dumps(message["content"]))
                if self.shown > self.output:
                    raise Ended("output")
                outputs.append(nbformat.v4.output_from_msg(message))

    def cells(self, first):
        self.execute(first, [])
        for number, cell in enumerate(self.notebook.cells, 1):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            self.number = number
            if not self.execute(cell.source, cell.outputs):
                self.stopped.append(number)

    def close(self):
        self.client.stop_channels()
        try:
            os.killpg(self.group, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.manager.shutdown_kernel(now=True)


def main():
    asked = json.load(sys.stdin)
    source, target, first = asked.pop("source"), asked.pop("target"), asked.pop("first")
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    run, ended = Run(notebook, **asked), None
    run.number = 0
    try:
        run.cells(first)
    except Ended as reason:
        ended = str(reason)
    finally:
        run.close()
    nbformat.write(notebook, target)
    print(json.dumps({"ended": ended, "cell": run.number, "stopped": run.stopped}))


main()
