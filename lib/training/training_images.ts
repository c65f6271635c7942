import { type Dataset, knownDataset, knownDatasets } from "../data/mod.ts";

/** The training images of a data set that is known by its name, all of them. */
export async function trainingImages(name: string): Promise<Dataset> {
  return await knownDataset(name)("train");
}

/**
 * What tells the training images of a user's own data set from others under the same name; undefined for those of the kit,
 * whose name says enough.
 */
export async function trainingContent(name: string): Promise<string | undefined> {
  return knownDatasets().includes(name) ? await knownDataset(name).content() : undefined;
}
