/** What the threads of the notebook's kernel and `kernel.py` tell each other. */

/** Signals to `kernel.py`: the cell will stop; work of the kit goes on. */
export const HEARD = "SIGUSR1", WORKS = "SIGUSR2";

/** In the shared memory: the cell must stop, or need not. */
export const STOPS = 1, GOES_ON = 0;

/** The message of the thread that listens: the shared memory has changed. */
export const NEWS = "news";
