import { type Dataset, knownDataset, knownDatasets } from "../data/mod.ts";

/** All training images of the data set with this name. */
export async function trainingImages(name: string): Promise<Dataset> {
  return await knownDataset(name)("train");
}

/**
 * A digest of the training images of a user's own data set, since her images may change under the same name; undefined for
 * data sets of the kit.
 */
export async function trainingContent(name: string): Promise<string | undefined> {
  return knownDatasets().includes(name) ? await knownDataset(name).content() : undefined;
}
