import { join } from "node:path";

/** A real Slurm on this machine: a controller and some nodes, without systemd, cgroups or root. */
export interface Cluster {
  /** What programs that talk to it need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends a node as a power cut does: its daemon, and all that runs on it. */
  killNode(node: string): Promise<void>;
  stop(): Promise<void>;
}

async function ran(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args], env }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${command}: ${text.decode(stderr)}`);
  return text.decode(stdout).trim();
}

/** Whether Slurm's programs are installed here (Debian: slurmctld slurmd slurm-client munge). */
export async function hasSlurm(): Promise<boolean> {
  for (const program of ["slurmctld", "slurmd", "munged", "sbatch"]) {
    if (!await ran("sh", ["-c", `command -v ${program}`]).then(() => true, () => false)) return false;
  }
  return true;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** The processes whose environment has a line. */
export function processesWith(line: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter((pid) => {
    if (!Number.isInteger(pid) || pid === Deno.pid) return false;
    try {
      return Deno.readTextFileSync(`/proc/${pid}/environ`).split("\0").includes(line);
    } catch {
      return false;
    }
  });
}

function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Starts a cluster of some nodes of two CPUs each. */
export async function cluster(nodes: readonly string[]): Promise<Cluster> {
  const folder = await Deno.makeTempDir({ prefix: "gcln-slurm-" });
  await Deno.chmod(folder, 0o755);
  for (const name of ["munge", "ctld", "log", ...nodes.map((node) => `spool.${node}`)]) {
    await Deno.mkdir(join(folder, name), { mode: name === "munge" ? 0o711 : 0o755 });
  }
  const host = Deno.hostname().split(".")[0],
    user = await ran("id", ["-un"]),
    conf = join(folder, "slurm.conf");
  await Deno.writeFile(join(folder, "munge/key"), crypto.getRandomValues(new Uint8Array(128)), {
    mode: 0o600,
  });
  await Deno.writeTextFile(join(folder, "cgroup.conf"), "CgroupPlugin=cgroup/v1\n");
  await Deno.writeTextFile(
    conf,
    `ClusterName=kit
SlurmctldHost=${host}(127.0.0.1)
SlurmUser=${user}
SlurmdUser=${user}
SlurmctldPort=${freePort()}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket=${folder}/munge/sock,cred_expire=5
CredType=cred/munge
StateSaveLocation=${folder}/ctld
SlurmdSpoolDir=${folder}/spool.%n
SlurmctldPidFile=${folder}/ctld.pid
SlurmdPidFile=${folder}/slurmd.%n.pid
SlurmctldLogFile=${folder}/log/slurmctld.log
SlurmdLogFile=${folder}/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
SlurmdParameters=config_overrides
MailProg=/bin/true
ReturnToService=2
MinJobAge=3600
EnforcePartLimits=ALL
KillWait=3
SlurmctldTimeout=10
SlurmdTimeout=10
InactiveLimit=0
${
      nodes.map((node) =>
        `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${freePort()} CPUs=2 RealMemory=2000 State=UNKNOWN`
      ).join("\n")
    }
PartitionName=main Nodes=${nodes.join(",")} Default=YES MaxTime=60 DefaultTime=10 State=UP
`,
  );
  const env = { SLURM_CONF: conf };
  const pidOf = (name: string) => Number(Deno.readTextFileSync(join(folder, name)));
  await ran("munged", [
    `--socket=${folder}/munge/sock`,
    `--key-file=${folder}/munge/key`,
    `--pid-file=${folder}/munge/pid`,
    `--log-file=${folder}/munge/log`,
    `--seed-file=${folder}/munge/seed`,
    "--num-threads=2",
  ]);
  const stop = async () => {
    await ran("sh", ["-c", "scancel -Q $(squeue -h -o %A -t all)"], env).catch(() => {});
    for (const name of [...nodes.map((node) => `slurmd.${node}.pid`), "ctld.pid", "munge/pid"]) {
      try {
        kill(pidOf(name), "SIGTERM");
      } catch {
        // It did not start, or was killed.
      }
    }
    await new Promise((done) => setTimeout(done, 1500));
    for (const pid of processesWith(`SLURM_CONF=${conf}`)) kill(pid, "SIGKILL");
    await Deno.remove(folder, { recursive: true }).catch(() => {});
  };
  try {
    // What a daemon writes must not go to pipes of ours, which it would keep open.
    const quiet = (command: string, ...args: string[]) =>
      new Deno.Command(command, { args, env, stdin: "null", stdout: "null", stderr: "null" }).output();
    await quiet("slurmctld", "-f", conf);
    for (const node of nodes) await quiet("slurmd", "-N", node, "-f", conf);
    for (let tries = 0;; tries++) {
      const idle = await ran("sinfo", ["-h", "-N", "-t", "idle", "-o", "%N"], env).catch(() => "");
      if (new Set(idle.split("\n").filter(Boolean)).size === nodes.length) break;
      if (tries > 150) throw new Error(`Not all nodes are idle: ${idle}`);
      await new Promise((done) => setTimeout(done, 200));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    env,
    stop,
    killNode(node) {
      kill(pidOf(`slurmd.${node}.pid`), "SIGKILL");
      const ours = processesWith(`SLURM_CONF=${conf}`);
      for (const pid of processesWith(`SLURMD_NODENAME=${node}`)) {
        if (ours.includes(pid)) kill(pid, "SIGKILL");
      }
      return Promise.resolve();
    },
  };
}
