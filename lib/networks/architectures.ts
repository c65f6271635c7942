// The architectures of the kit, one line each.
import { architectures } from "./define_architecture.ts";
import type { ConvStackSpec } from "./conv_stack.ts";
import type { DetectorSpec } from "./detector.ts";
import type { DiffusionUnetSpec } from "./diffusion_unet.ts";
import type { SmallGeneratorSpec } from "./generator.ts";
import type { LatentGeneratorSpec } from "./latent_generator.ts";
import type { NoiseGeneratorSpec } from "./noise_generator.ts";
import type { PixelCnnSpec } from "./pixelcnn.ts";
import type { DenoisingResNetSpec, ResNetSpec } from "./resnet.ts";
import type { UnetSpec } from "./unet.ts";
import type { VggSpec } from "./vgg.ts";

export { convStack, type ConvStackSpec } from "./conv_stack.ts";
export { detector, type DetectorSpec } from "./detector.ts";
export { diffusionUnet, type DiffusionUnetSpec } from "./diffusion_unet.ts";
export { generator, type SmallGeneratorSpec } from "./generator.ts";
export { latentGenerator, type LatentGeneratorSpec } from "./latent_generator.ts";
export { noiseGenerator, type NoiseGeneratorSpec } from "./noise_generator.ts";
export { numbersAPixel, pixelCnn, type PixelCnnSpec, seenBy } from "./pixelcnn.ts";
export { type DenoisingResNetSpec, resnet, type ResNetSpec } from "./resnet.ts";
export { unet, type UnetSpec } from "./unet.ts";
export { vgg, type VggSpec } from "./vgg.ts";

/** A generator G of Figure 1, without the quantized transform in front of it: from images to images. */
export type GeneratorSpec = SmallGeneratorSpec | UnetSpec;

/** A network of the kit as plain JSON: what a file, a cache key and a caption say of it. */
export type NetworkSpec =
  | ResNetSpec
  | DenoisingResNetSpec
  | VggSpec
  | GeneratorSpec
  | DetectorSpec
  | NoiseGeneratorSpec
  | PixelCnnSpec
  | ConvStackSpec
  | DiffusionUnetSpec
  | LatentGeneratorSpec;

architectures.close();
