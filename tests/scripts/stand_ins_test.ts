/**
 * The stand-ins for `@std/assert` and `@std/cli` against what the packages' documentation says. Each fact is asked of the
 * package in use as well, which is the real one where JSR can be reached.
 */
import * as assertInUse from "@std/assert";
import { parseArgs as parseArgsInUse } from "@std/cli/parse-args";
import { deepStrictEqual, ok, rejects, throws } from "node:assert/strict";
import { join } from "node:path";
import { writeStandIns } from "../../scripts/setup/jsr.ts";
import * as assertStandIn from "../../scripts/setup/stand_ins/assert/mod.ts";
import { parseArgs as parseArgsStandIn } from "../../scripts/setup/stand_ins/cli/mod.ts";

/** The assertions as plain functions: both packages have them all. */
type Assertions = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

function ofAssert(fact: string, ask: (std: Assertions) => unknown): void {
  Deno.test(`@std/assert and its stand-in: ${fact}`, async () => {
    for (const std of [assertInUse, assertStandIn]) await ask(std as unknown as Assertions);
  });
}

function ofParseArgs(fact: string, ask: (parseArgs: typeof parseArgsStandIn) => void): void {
  Deno.test(`@std/cli's parseArgs() and its stand-in: ${fact}`, () => {
    for (const parseArgs of [parseArgsInUse, parseArgsStandIn]) ask(parseArgs as typeof parseArgsStandIn);
  });
}

/** What fails must fail with an AssertionError, which a test can tell from any other error. */
const failure = { name: "AssertionError" };

class Point {
  constructor(readonly x: number) {}
}

const equals: readonly (readonly [unknown, unknown])[] = [
  [0, -0],
  [NaN, NaN],
  [[1, [2, { a: 3 }]], [1, [2, { a: 3 }]]],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }],
  [new Set([1, { a: 2 }]), new Set([{ a: 2 }, 1])],
  [new Map([["a", [1]]]), new Map([["a", [1]]])],
  [new Date(5), new Date(5)],
  [/a/g, /a/g],
  [new Float32Array([NaN, -0]), new Float32Array([NaN, 0])],
  [Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  [new Point(1), new Point(1)],
];

const unequals: readonly (readonly [unknown, unknown])[] = [
  [1, "1"],
  [null, undefined],
  [[1, 2], [2, 1]],
  [[1], [1, 2]],
  [{ a: undefined }, {}],
  [{ a: 1 }, { b: 1 }],
  [new Set([{ a: 1 }, { a: 2 }]), new Set([{ a: 1 }, { a: 3 }])],
  [new Map([["a", 1]]), new Map([["a", 2]])],
  [new Date(5), new Date(6)],
  [/a/g, /a/],
  [new Float32Array([1]), new Float64Array([1])],
  [new Uint8Array([1]), [1]],
  [new Point(1), { x: 1 }],
];

ofAssert("assertEquals() compares all parts, and assertNotEquals() is its opposite", (std) => {
  for (const [a, b] of equals) {
    std.assertEquals!(a, b);
    throws(() => std.assertNotEquals!(a, b), failure);
  }
  for (const [a, b] of unequals) {
    throws(() => std.assertEquals!(a, b), failure);
    std.assertNotEquals!(a, b);
  }
});

ofAssert("assertEquals() compares objects that hold themselves", (std) => {
  const circle = (x: number) => {
    const made: Record<string, unknown> = { x };
    return Object.assign(made, { own: made });
  };
  std.assertEquals!(circle(1), circle(1));
  throws(() => std.assertEquals!(circle(1), circle(2)), failure);
});

ofAssert("assertEquals() shows the difference, after one's own message", (std) => {
  throws(() => std.assertEquals!({ name: "ball" }, { name: "cube" }, "Wrong shape"), (error: Error) => {
    ok(["Wrong shape", "ball", "cube"].every((part) => error.message.includes(part)), error.message);
    return true;
  });
});

ofAssert("assertStrictEquals() goes by Object.is", (std) => {
  const one = {};
  std.assertStrictEquals!(one, one);
  std.assertStrictEquals!(NaN, NaN);
  throws(() => std.assertStrictEquals!({}, {}), failure);
  throws(() => std.assertStrictEquals!(0, -0), failure);
});

ofAssert("assert(), assertExists() and fail() know what counts as true, and what is there", (std) => {
  std.assert!("0");
  std.assertExists!(0);
  for (const value of [0, "", NaN, null, undefined, false]) throws(() => std.assert!(value), failure);
  for (const value of [null, undefined]) throws(() => std.assertExists!(value), failure);
  throws(() => std.fail!(), failure);
  throws(() => std.assert!(false, "Nothing here"), { ...failure, message: /Nothing here/ });
});

ofAssert("assertAlmostEquals() allows 1e-7 of what is expected, or the tolerance that is given", (std) => {
  std.assertAlmostEquals!(0.1, 0.100000009);
  std.assertAlmostEquals!(0.1, 0.2, 0.11);
  std.assertAlmostEquals!(Infinity, Infinity);
  std.assertAlmostEquals!(NaN, NaN);
  for (const pair of [[0.1, 0.10000002], [1e-9, 0], [NaN, 1], [Infinity, 1], [Infinity, -Infinity]]) {
    throws(() => std.assertAlmostEquals!(...pair), failure);
  }
});

ofAssert("assertGreater(), assertLess() and their like compare, and NaN is neither", (std) => {
  const asked = ["assertGreater", "assertGreaterOrEqual", "assertLess", "assertLessOrEqual"];
  const passed = (a: unknown, b: unknown) =>
    asked.map((name) => {
      try {
        std[name]!(a, b);
        return true;
      } catch (error) {
        deepStrictEqual((error as Error).name, "AssertionError");
        return false;
      }
    });
  deepStrictEqual(passed(2, 1), [true, true, false, false]);
  deepStrictEqual(passed(1, 1), [false, true, false, true]);
  deepStrictEqual(passed(1, 2), [false, false, true, true]);
  deepStrictEqual(passed(NaN, 1), [false, false, false, false]);
});

ofAssert("assertMatch(), assertStringIncludes() and assertArrayIncludes() look for parts", (std) => {
  std.assertMatch!("Raptor", /^R/);
  std.assertStringIncludes!("Hello", "ell");
  std.assertArrayIncludes!([1, { a: 2 }, 3], [{ a: 2 }, 1]);
  throws(() => std.assertMatch!("Denosaurus", /Raptor/), failure);
  throws(() => std.assertStringIncludes!("Hello", "hell"), failure);
  throws(() => std.assertArrayIncludes!([1, 2], [3]), failure);
});

/** What a function throws that is asked of both kinds of assertion. */
const thrower = (error: unknown) => () => {
  throw error;
};

ofAssert("assertThrows() gives the error back, if it is of the class and has the text", (std) => {
  const error = new RangeError("Cannot use steps -1");
  deepStrictEqual(std.assertThrows!(thrower(error)), error);
  deepStrictEqual(std.assertThrows!(thrower(error), RangeError, "steps"), error);
  deepStrictEqual(std.assertThrows!(thrower("text"), "one's own message"), "text");
  deepStrictEqual(std.assertThrows!(thrower(undefined)), undefined);
  throws(() => std.assertThrows!(() => {}), failure);
  throws(() => std.assertThrows!(() => {}, "It was silent"), { ...failure, message: /It was silent/ });
  throws(() => std.assertThrows!(thrower(error), TypeError), failure);
  throws(() => std.assertThrows!(thrower(error), RangeError, "epsilon"), failure);
  throws(() => std.assertThrows!(thrower("text"), Error), failure);
});

ofAssert("assertRejects() does so for promises, and a function that throws does not reject", async (std) => {
  const error = new RangeError("Cannot use steps -1"),
    reject = (error: unknown) => () => Promise.reject(error);
  deepStrictEqual(await std.assertRejects!(reject(error)), error);
  deepStrictEqual(await std.assertRejects!(reject(error), RangeError, "steps"), error);
  deepStrictEqual(await std.assertRejects!(reject(1), "one's own message"), 1);
  for (
    const wrong of [
      () => std.assertRejects!(() => Promise.resolve()),
      () => std.assertRejects!(thrower(error)),
      () => std.assertRejects!(() => 1),
      () => std.assertRejects!(reject(error), TypeError),
      () => std.assertRejects!(reject(error), RangeError, "epsilon"),
      () => std.assertRejects!(reject("text"), Error),
    ]
  ) await rejects(wrong as () => Promise<unknown>, failure);
});

ofParseArgs(
  "flags have values by = or by what comes next, and words are numbers where they can be",
  (parse) => {
    deepStrictEqual(parse(["--foo", "--bar=baz", "./quux.txt"]), {
      _: ["./quux.txt"],
      foo: true,
      bar: "baz",
    });
    deepStrictEqual(parse(["--seed", "7", "--name=a=b", "8"]), { _: [8], seed: 7, name: "a=b" });
    deepStrictEqual(parse(["--empty=", "--end"]), { _: [], empty: "", end: true });
    deepStrictEqual(parse(["-abc", "5"]), { _: [], a: true, b: true, c: 5 });
  },
);

ofParseArgs(
  "boolean flags take no word but true and false, and are false where they are not given",
  (parse) => {
    const boolean = ["fresh", "quiet"];
    deepStrictEqual(parse(["--fresh", "word"], { boolean }), { _: ["word"], fresh: true, quiet: false });
    deepStrictEqual(parse(["--fresh", "false", "--quiet=true"], { boolean }), {
      _: [],
      fresh: false,
      quiet: true,
    });
  },
);

ofParseArgs("text flags and words stay texts", (parse) => {
  deepStrictEqual(parse(["--name", "7", "8"], { string: ["name", "_"] }), { _: ["8"], name: "7" });
  deepStrictEqual(parse(["--name", "--other"], { string: ["name"] }), { _: [], name: "", other: true });
});

ofParseArgs("flags that are collected are lists, others have their last value", (parse) => {
  const options = { string: ["row"], collect: ["row"] };
  deepStrictEqual(parse(["--row=a", "--row", "7"], options), { _: [], row: ["a", "7"] });
  deepStrictEqual(parse([], options), { _: [], row: [] });
  deepStrictEqual(parse(["--row=a", "--row=b"]), { _: [], row: "b" });
});

ofParseArgs("aliases and defaults are there under every name", (parse) => {
  const options = { alias: { n: "name" }, default: { name: "ada" } };
  deepStrictEqual(parse(["-n", "bob"], options), { _: [], n: "bob", name: "bob" });
  deepStrictEqual(parse([], options), { _: [], name: "ada", n: "ada" });
});

ofParseArgs("unknown() is told what is in no list, and can leave it out", (parse) => {
  const told: unknown[] = [];
  const unknown = (...args: unknown[]) => {
    told.push(args);
    return false;
  };
  deepStrictEqual(parse(["--known=1", "--odd=3", "word"], { string: ["known"], unknown }), {
    _: [],
    known: "1",
  });
  deepStrictEqual(told, [["--odd=3", "odd", "3"], ["word"]]);
});

ofParseArgs("what follows -- is words", (parse) => {
  deepStrictEqual(parse(["--a", "--", "--b", "7"]), { _: ["--b", "7"], a: true });
});

Deno.test("writeStandIns() writes packages that a program finds under the names of the real ones", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeStandIns(join(folder, ".offline"));
    const imports = { "@std/assert": "jsr:@std/assert@^1.0.0", "@std/cli": "jsr:@std/cli@^1.0.0" };
    await Deno.writeTextFile(
      join(folder, "deno.json"),
      JSON.stringify({ workspace: ["./.offline/*"], imports }),
    );
    await Deno.writeTextFile(
      join(folder, "program.ts"),
      'import { assertEquals } from "@std/assert"; import { parseArgs } from "@std/cli/parse-args";\n' +
        'assertEquals(parseArgs(["--a"]).a, true); console.log("ran");',
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--check", "--cached-only", "program.ts"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    deepStrictEqual(new TextDecoder().decode(stdout), "ran\n", new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("writeStandIns() leaves files alone that are as they should be", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeStandIns(folder);
    const path = join(folder, "assert", "mod.ts"), past = new Date(0);
    await Deno.utime(path, past, past);
    await writeStandIns(folder);
    deepStrictEqual((await Deno.stat(path)).mtime, past);
    await Deno.writeTextFile(path, "// something else");
    await writeStandIns(folder);
    ok((await Deno.readTextFile(path)).includes("assertEquals"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
