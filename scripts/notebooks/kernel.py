"""Jupyter's kernel for the notebooks: the kernel of Deno, with a Stop that ends every cell it can: kernel.py DENO STOP CONNECTION

Deno's own kernel ends at Jupyter's signal. To a message it only ends the code that computes at that moment: a cell that awaits
that code then waits for ever. So this program starts Deno's kernel without the signal and hears it itself. It tells STOP, a
module that runs in the kernel and ends what waits (stop_button.ts), and sends the message only where the kernel hears nothing
because it computes.

SIGUSR1 to the kernel: stop what runs. SIGUSR2 to the kernel: the cell is over.
SIGUSR1 from the kernel: heard. SIGUSR2 from the kernel: work of the kit goes on, which ends by itself when it hears Stop.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

try:
    from jupyter_client.blocking import BlockingKernelClient
except ImportError:
    BlockingKernelClient = None  # this Python is not Jupyter's: the kernel runs, without Stop

# Seconds without an answer after which the code that computes is ended; three times a step of the kit, where that is longer.
PATIENCE = 2.5
LONGEST = 60
# Seconds within which a cell that was sent begins, once nothing else is to be done first.
FOLLOWS = 0.5
CELL = "execute_request"
# How often it is tried to start the kernel: another program may hold one of its ports for a moment. The seconds between.
STARTS, PAUSE = 4, 1


def start(deno, connection):
    """Starts Deno's kernel in this process group, so that Jupyter ends both; it does not hear Jupyter's Stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    flags = f"{os.environ.get('DENO_V8_FLAGS', '')},--expose-gc".lstrip(",")
    return subprocess.Popen(
        [deno, "jupyter", "--kernel", "--conn", connection], env={**os.environ, "DENO_V8_FLAGS": flags}
    )


class Kernel:
    def __init__(self, process, module, client, door, passes):
        self.process, self.client, self.door, self.passes = process, client, door, passes
        self.code = f"await import({json.dumps(module)}); await globalThis[Symbol.for('gcln.stop')].renew();"
        # Which request asks whether the kernel is there, and whether it has said so.
        self.question, self.answers = None, False
        # Which request starts the module; whether it does, and has done so.
        self.request, self.starts, self.listens = None, False, False
        self.ready = 0.0  # when the module was started
        self.cell = None  # the request whose cell runs
        self.asked = None  # when Stop was asked for, until a cell is told
        self.heard = False
        self.marks = []  # when the kit said that it works, in this cell
        self.limit = None  # when the code is ended, once Stop was asked for
        self.cut = False

    def on_signal(self, number, _):
        if number == signal.SIGINT:
            self.asked = time.monotonic()
        elif number == signal.SIGUSR1:
            self.heard = True
        else:
            self.marks.append(time.monotonic())

    def tell(self, number):
        if self.listens and self.process.poll() is None:
            self.process.send_signal(number)

    def start_module(self):
        self.starts = True
        self.request = self.client.execute(self.code, silent=True, store_history=False, allow_stdin=False)

    def interrupt(self):
        channel = self.client.control_channel
        channel.send(self.client.session.msg("interrupt_request", {}))

    def patience(self):
        gaps = [after - before for before, after in zip(self.marks, self.marks[1:])]
        return min(LONGEST, max([PATIENCE, *(3 * gap for gap in gaps)]))

    def on_status(self, parent, state):
        request = parent.get("msg_id")
        if request == self.question and not self.answers:
            self.answers = True
            self.passes.start()
            self.start_module()
        elif request == self.request:
            if state == "idle":
                self.starts, self.listens, self.ready = False, True, time.monotonic()
                self.door.set()
        elif state == "busy" and parent.get("msg_type") == CELL:
            self.cell, self.marks = request, []
        elif state == "idle" and request == self.cell:
            self.cell = self.limit = None
            self.tell(signal.SIGUSR2)
            if self.cut:
                self.cut = False
                self.start_module()

    def look(self):
        now = time.monotonic()
        if self.asked is not None and self.cell is not None:
            self.asked = None
            if self.limit is None:
                self.heard = False
                self.limit = now + (self.patience() if self.listens else 0)
                self.tell(signal.SIGUSR1)
        elif self.asked is not None and not self.starts and now - max(self.asked, self.ready) > FOLLOWS:
            self.asked = None  # no cell waited for the module, and none had begun just now
        if self.limit is None or now < self.limit:
            return
        if not self.heard:
            self.interrupt()
            self.cut = True
            self.door.clear()
        # It is asked again: what has heard may go on to compute.
        self.heard = False
        self.limit = now + self.patience()
        self.tell(signal.SIGUSR1)

    def run(self):
        next_question = 0.0
        while self.process.poll() is None:
            if not self.answers and time.monotonic() > next_question:
                self.question, next_question = self.client.kernel_info(), time.monotonic() + 0.5
            channel = self.client.iopub_channel.socket
            if channel.poll(100):
                # Pictures and tables pass here too: only what says the kernel's state is read.
                frames = self.client.session.feed_identities(channel.recv_multipart())[1]
                if json.loads(frames[1])["msg_type"] == "status":
                    self.on_status(json.loads(frames[2]), json.loads(frames[4])["execution_state"])
            self.look()
        return self.process.returncode


def reached(process, address):
    """A connection, once somebody listens; None where the process has ended."""
    while process.poll() is None:
        try:
            return socket.create_connection(address)
        except OSError:
            time.sleep(0.05)


def pump(source, target, door=None):
    """Passes on what comes, while the door is open."""
    try:
        while data := source.recv(1 << 16):
            if door:
                door.wait()
            target.sendall(data)
    except OSError:
        pass  # one side has gone
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def relay(process, listener, private, door):
    """Passes on what Jupyter asks of the kernel, so that the module is there before the first cell."""
    while True:
        outside = listener.accept()[0]
        inside = reached(process, private)
        if inside is None:
            return
        for end in (outside, inside):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for arguments in ((outside, inside, door), (inside, outside)):
            threading.Thread(target=pump, args=arguments, daemon=True).start()


def read(connection):
    with open(connection) as file:
        return json.load(file)


def free_port(ip, others):
    """A port that is free, and that Jupyter has not chosen for another channel: those are free too until Deno starts."""
    while True:
        with socket.create_server((ip, 0)) as free:
            port = free.getsockname()[1]
        if port not in others:
            return port


def with_own_shell(connection):
    """A connection file beside Jupyter's with another port for the shell: its path, and the address."""
    told = read(connection)
    ip, port = told["ip"], free_port(told["ip"], [value for name, value in told.items() if name.endswith("_port")])
    path = f"{connection.removesuffix('.json')}-deno.json"
    with open(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
        json.dump({**told, "shell_port": port}, file)
    return path, (ip, port)


def listening(address):
    for left in reversed(range(STARTS)):
        try:
            return socket.create_server(address)
        except OSError:
            if left == 0:
                raise
        print(f"Port {address[1]} of the kernel is in use: it is tried again", file=sys.stderr, flush=True)
        time.sleep(PAUSE)


def run(deno, module, connection, shell):
    """Starts Deno's kernel and stays until it ends. Its code, and whether it had answered."""
    own, private = with_own_shell(connection)
    process, door = start(deno, own), threading.Event()
    try:
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        first = reached(process, private)
        if first is None:
            return process.returncode, False
        first.close()
        client = BlockingKernelClient(connection_file=own)
        client.load_connection_file()
        passes = threading.Thread(target=relay, args=(process, shell, private, door), daemon=True)
        kernel = Kernel(process, module, client, door, passes)
        for number in (signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(number, kernel.on_signal)
        client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=True)
        code = kernel.run()
        client.stop_channels()
        return code, kernel.answers
    finally:
        os.remove(own)


def main(deno, module, connection):
    if BlockingKernelClient is None:
        return start(deno, connection).wait()
    told = read(connection)
    shell = listening((told["ip"], told["shell_port"]))
    for left in reversed(range(STARTS)):
        code, answered = run(deno, module, connection, shell)
        if answered or left == 0 or code == -signal.SIGTERM:
            return code
        print(f"The kernel has ended at its start (code {code}): it is started again", file=sys.stderr, flush=True)
        time.sleep(PAUSE)


code = main(*sys.argv[1:4])
sys.exit(code if code >= 0 else 128 - code)
