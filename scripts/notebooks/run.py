"""Runs a notebook by its kernel: run.py SOURCE TARGET FOLDER TIMEOUT

TARGET gets the notebook with its outputs. A cell that fails is told on the last line of the standard output, as JSON
{"cell", "error", "traceback"}; cells count from 1, and 0 stands for a kernel that did not start.

The Deno kernel now and then publishes a cell's result after its status "idle", where nbclient stops listening. So this
client goes on listening until GRACE seconds have been silent.
"""
import asyncio
import json
import sys

import nbformat
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, CellExecutionError, CellTimeoutError, DeadKernelError

GRACE = 0.15


class PatientClient(NotebookClient):
    current = 0

    async def _async_cleanup_kernel(self):
        if self.km is not None:  # nbclient cleans up at its end too, after a kernel that did not start
            await super()._async_cleanup_kernel()

    _cleanup_kernel = run_sync(_async_cleanup_kernel)

    async def async_execute_cell(self, cell, cell_index, *args, **kwargs):
        self.current = cell_index + 1
        return await super().async_execute_cell(cell, cell_index, *args, **kwargs)

    async def _async_poll_output_msg(self, parent_msg_id, cell, cell_index):
        idle = False
        while True:
            try:
                message = self.kc.iopub_channel.get_msg(timeout=None)
                message = await asyncio.wait_for(message, GRACE if idle else None)
            except asyncio.TimeoutError:
                return
            if message["parent_header"].get("msg_id") != parent_msg_id:
                continue
            try:
                self.process_message(message, cell, cell_index)
            except CellExecutionComplete:
                idle = True


def main(source, target, folder, timeout):
    notebook = nbformat.read(source, as_version=4)
    client = PatientClient(
        notebook, timeout=int(timeout), kernel_name="deno", resources={"metadata": {"path": folder}}
    )
    failure = None
    try:
        client.execute()
    except CellExecutionError as error:
        failure = {"error": f"{error.ename}: {error.evalue}", "traceback": str(error)}
    except CellTimeoutError:
        failure = {"error": f"took more than {timeout} s", "traceback": ""}
    except DeadKernelError:
        failure = {"error": "the kernel died", "traceback": ""}
    except RuntimeError as error:
        if client.current > 0:
            raise
        failure = {"error": f"the kernel did not start: {error}", "traceback": ""}
    nbformat.write(notebook, target)
    if failure is not None:
        print(json.dumps({"cell": client.current, **failure}))
        sys.exit(3)


main(*sys.argv[1:5])
