import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DataError, svhn } from "@gcln/kit/data";
import { join } from "node:path";
import { goldenFile, goldenNames } from "./_golden_files.ts";
import { inFolder, only } from "./_small_files.ts";

/** Loads a file of SciPy's as SVHN's test part. */
async function loaded(file: string) {
  let data: Awaited<ReturnType<typeof svhn>> | undefined;
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "test_32x32.mat"), goldenFile(file));
    data = await svhn("test", only(folder));
  });
  return data!;
}

for (const file of goldenNames.filter((name) => /^svhn (labels|images)/.test(name))) {
  Deno.test(`svhn() reads ${file} as SciPy writes it`, async () => {
    const data = await loaded(file);
    assertEquals([...data.labels], [0, 3]);
    for (let at = 0; at < data.pixels.length; at++) {
      const image = Math.floor(at / 3072), row = Math.floor(at / 96) % 32, column = Math.floor(at / 3) % 32;
      assertEquals(data.pixels[at], (7 * row + 3 * column + 50 * (at % 3) + 11 * image) % 256);
    }
  });
}

const wrongs: Readonly<Record<string, RegExp>> = {
  "doubles": /its array X is of type double, uint8 is wanted/,
  "above 255": /its array X holds \d{3}, whole numbers from 0 to 255 are wanted/,
  "half": /label 10.5 of image 0 \(y is of type double\) is none of 1 to 10/,
  "text": /its array y is of type char, whole numbers are wanted/,
  "cells": /its array y is of type cell, whole numbers are wanted/,
  "complex": /its array y is of type complex double, whole numbers are wanted/,
  "logical": /label 0 of image 1/,
};

for (const [what, says] of Object.entries(wrongs)) {
  Deno.test(`svhn() says of a file of ${what} which file and array can't be taken, and why`, async () => {
    const error = await assertRejects(() => loaded(`svhn ${what}.mat`), DataError);
    assertMatch(error.message, says);
    assert(error.message.includes("test_32x32.mat"), error.message);
  });
}
