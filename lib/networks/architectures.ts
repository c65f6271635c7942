// The architectures of the kit, one line each.
import { architectures } from "./define_architecture.ts";
import type { DetectorSpec } from "./detector.ts";
import type { GeneratorSpec } from "./generator.ts";
import type { ResNetSpec } from "./resnet.ts";
import type { VggSpec } from "./vgg.ts";

export { detector, type DetectorSpec } from "./detector.ts";
export { generator, type GeneratorSpec } from "./generator.ts";
export { resnet, type ResNetSpec } from "./resnet.ts";
export { vgg, type VggSpec } from "./vgg.ts";

/** A network of the kit as plain JSON: what a file, a cache key and a caption say of it. */
export type NetworkSpec = ResNetSpec | VggSpec | GeneratorSpec | DetectorSpec;

architectures.close();
