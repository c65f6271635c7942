import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { cellCache, type Measurement } from "@gcln/kit/evaluation";

const measurement: Measurement = { correct: [true, false, true], seconds: 1.5, zeroGradient: 0.25 };

/** Runs with a folder of its own, and with a `make` that counts. */
async function withFolder(
  run: (folder: string, make: () => Promise<Measurement>, calls: () => number) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  let count = 0;
  try {
    await run(folder, () => (count++, Promise.resolve(measurement)), () => count);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

Deno.test("cellCache() measures once for a key, also across caches", () =>
  withFolder(async (folder, make, calls) => {
    const key = { networks: ["a"], attack: { attack: "fgs" }, surrogate: undefined };
    assertEquals(await cellCache({ folder }).get(key, make), measurement);
    assertEquals(await cellCache({ folder }).get({ ...key }, make), measurement);
    assertEquals(calls(), 1);
  }));

Deno.test("cellCache() tells keys apart by every field", () =>
  withFolder(async (folder, make, calls) => {
    const cells = cellCache({ folder });
    for (const key of [{ a: 1 }, { a: 2 }, { b: 1 }, { a: [1] }, { a: { a: 1 } }]) await cells.get(key, make);
    assertEquals(calls(), 5);
    assertEquals(filesIn(folder).length, 5);
  }));

Deno.test("cellCache() measures again where the file is damaged, and mends it", () =>
  withFolder(async (folder, make, calls) => {
    const cells = cellCache({ folder });
    await cells.get("key", make);
    const path = `${folder}/${filesIn(folder)[0]}`, whole = await Deno.readTextFile(path);
    const damages = ["", "null", "{}", whole.slice(0, -5), whole.replace("101", "1x1"), '{"measurement": 1}'];
    for (const damage of damages) {
      await Deno.writeTextFile(path, damage);
      const before = calls();
      assertEquals(await cells.get("key", make), measurement);
      assertEquals(calls(), before + 1, damage);
      assertEquals(await Deno.readTextFile(path), whole);
    }
  }));

Deno.test("cellCache() that is fresh measures again and keeps what it finds", () =>
  withFolder(async (folder, make, calls) => {
    await cellCache({ folder }).get("key", make);
    await cellCache({ folder, fresh: true }).get("key", make);
    assertEquals(calls(), 2);
    await cellCache({ folder }).get("key", make);
    assertEquals(calls(), 2);
  }));

Deno.test("cellCache() that is fresh takes what the same run has measured, whatever the clock says", () =>
  withFolder(async (folder, make, calls) => {
    const first = new Date("2020-01-01T12:00:00Z"), second = new Date("2020-01-02T12:00:00Z");
    const isMade = async (since: Date | undefined): Promise<boolean> => {
      const before = calls();
      await cellCache({ folder, fresh: true, ...(since ? { since } : {}) }).get("key", make);
      return calls() > before;
    };
    await cellCache({ folder }).get("key", make);
    const path = `${folder}/${filesIn(folder)[0]}`, tomorrow = new Date(Date.now() + 86_400_000);
    await Deno.utime(path, tomorrow, tomorrow);
    assertEquals([await isMade(first), await isMade(first)], [true, false]);
    await Deno.utime(path, new Date(0), new Date(0));
    assertEquals([await isMade(first), await isMade(second), await isMade(first)], [false, true, true]);
    assertEquals([await isMade(undefined), await isMade(undefined)], [true, true]);
    const before = calls();
    await cellCache({ folder, since: new Date() }).get("key", make); // is not fresh: the run does not matter
    assertEquals(calls(), before);
  }));

Deno.test("cellCache() takes no file in which a bit has flipped, and no other cell's", () =>
  withFolder(async (folder, make, calls) => {
    const cells = cellCache({ folder }), { warn } = console, said: string[] = [];
    console.warn = (line) => void said.push(line);
    try {
      await cells.get({ row: "A" }, make, { backend: "wasm", versions: {}, networks: {} });
      const path = `${folder}/${filesIn(folder)[0]}`, whole = await Deno.readFile(path);
      for (let bit = 0; bit < 8 * whole.length; bit += 37) {
        const changed = whole.slice();
        changed[bit >> 3]! ^= 1 << (bit & 7);
        await Deno.writeFile(path, changed);
        const before = calls();
        assertEquals(await cells.get({ row: "A" }, make), measurement);
        assertEquals(calls(), before + 1, `bit ${bit}`);
      }
      const flips = said.length;
      await cells.get({ row: "B" }, make);
      const [a, b] = filesIn(folder).map((name) => `${folder}/${name}`);
      await Deno.rename(a!, `${folder}/c`);
      await Deno.rename(b!, a!);
      await Deno.rename(`${folder}/c`, b!);
      const before = calls();
      await cells.get({ row: "A" }, make);
      await cells.get({ row: "B" }, make);
      assertEquals(calls(), before + 2);
      assertEquals(said.length, flips + 2);
      assert(said.every((line) => line.includes(folder)));
    } finally {
      console.warn = warn;
    }
  }));

Deno.test("cellCache() keeps how a measurement came about, and any JSON beside the verdicts", () =>
  withFolder(async (folder) => {
    const key = { row: "Mine", seed: undefined, steps: [1, 2] };
    const about = { backend: "wasm (2 threads)", versions: { deno: "2.0.0" }, networks: {} };
    const more = { ...measurement, likeness: { layer1: [0.1, 0.2] } }, start = Date.now();
    assertEquals(await cellCache({ folder }).get(key, () => Promise.resolve(more), about), more);
    const text = await Deno.readTextFile(`${folder}/${filesIn(folder)[0]}`);
    const { date, ...provenance } = JSON.parse(text).provenance;
    assertEquals(provenance, about);
    assert(start <= Date.parse(date) && Date.parse(date) <= Date.now());
    assert(text.startsWith('{"key":{"row":"Mine","steps":[1,2]},"measurement":{"seconds":1.5,'));
    const known = await cellCache({ folder }).get<typeof more>(key, () => Promise.reject(new Error("known")));
    assertEquals(known, more);
  }));

Deno.test("cellCache() finds files that were written before there was provenance", () =>
  withFolder(async (folder, make, calls) => {
    // As it was written then, under the name that it had.
    const key = { networks: ["a (shipped)"], attack: { attack: "fgs" }, seed: 1, code: 3 };
    const old = JSON.stringify({ key, measurement: { seconds: 1.5, zeroGradient: 0.25, correct: "101" } });
    await Deno.writeTextFile(`${folder}/8fd7d2a90b66.json`, old);
    assertEquals(await cellCache({ folder }).get(key, make), measurement);
    assertEquals(calls(), 0);
    assertEquals(await Deno.readTextFile(`${folder}/8fd7d2a90b66.json`), old);
  }));

Deno.test("cellCache() keeps nothing of a measurement that fails", () =>
  withFolder(async (folder, make, calls) => {
    const cells = cellCache({ folder });
    await assertRejects(() => cells.get("key", () => Promise.reject(new Error("stopped"))), Error, "stopped");
    assertEquals(filesIn(folder), []);
    await cells.get("key", make);
    assertEquals(calls(), 1);
  }));

Deno.test("cellCache() may be filled by two processes at once", () =>
  withFolder(async (folder) => {
    const script = `
      import { cellCache } from "@gcln/kit/evaluation";
      const cells = cellCache({ folder: Deno.args[0] });
      for (let i = 0; i < 40; i++) {
        const { seconds } = await cells.get(i, () => Promise.resolve({ correct: Array(5000).fill(true), seconds: i }));
        if (seconds !== i) Deno.exit(3);
      }`;
    const run = () =>
      new Deno.Command(Deno.execPath(), { args: ["eval", "--no-lock", "--ext=ts", script, folder] }).output();
    const codes = (await Promise.all([run(), run()])).map(({ code }) => code);
    assertEquals(codes, [0, 0]);
    const files = filesIn(folder);
    assertEquals(files.filter((name) => !/^[0-9a-f]{12}\.json$/.test(name)), []);
    assertEquals(files.length, 40);
    for (const name of files) assertNotEquals(JSON.parse(await Deno.readTextFile(`${folder}/${name}`)), null);
  }));
