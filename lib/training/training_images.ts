import { type Dataset, knownDataset } from "../data/mod.ts";

/** The training images of a data set that is known by its name, all of them. */
export async function trainingImages(name: string): Promise<Dataset> {
  return await knownDataset(name)("train");
}
