import { callable, checkSettings, object, type Settings, word } from "../kinds/mod.ts";
import { checkImages, type Images } from "../tensor/mod.ts";
import type { Pass } from "./architecture.ts";

const settings: Settings = {
  mode: word(["inference", "training"], { default: "inference" }),
  tap: callable(),
  activation: callable(),
  instead: object("a record of tensors by layer"),
  statistics: callable(),
};

/** Throws where a network cannot be applied to images, or not in this way. */
export function checkApplied(images: Images, channels: number, pass: Pass): void {
  checkImages("apply a network to", images);
  if (images.shape[3] !== channels) {
    throw new RangeError(
      `Cannot take images of shape [${images.shape}]: the network was made for ${channels} channels`,
    );
  }
  checkSettings("apply", settings, pass);
}
