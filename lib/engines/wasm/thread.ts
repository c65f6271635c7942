/** One of the threads that take part in the wasm backend's jobs. */
import { workerData } from "node:worker_threads";
import { serve } from "./team.ts";

serve(workerData.shared, workerData.thread);
