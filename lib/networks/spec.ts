/** What is taken from and divided out of every channel of an image before the first layer. */
export interface Normalisation {
  /** One number a channel, on the scale of the images, [0, 1]. */
  readonly mean: readonly number[];
  /** One number a channel, on the scale of the images. */
  readonly deviation: readonly number[];
}

/** A residual network (He et al. 2016) with the stem for small images. */
export interface ResNetSpec {
  /** How deep. */
  readonly architecture: "resnet18" | "resnet34";
  /** Channels of the first stage; 64 in the paper. The later stages have 2, 4 and 8 times as many. */
  readonly width: number;
  /** How many classes. */
  readonly classes: number;
  /** Channels of the images. */
  readonly channels: 1 | 3;
  /** Stride of the 3 × 3 stem convolution: 1 is usual for 32 × 32 images, 2 is four times faster. */
  readonly stem: 1 | 2;
  /** Nothing is normalised without it. */
  readonly normalise?: Normalisation;
}

/** A VGG (Simonyan & Zisserman 2015): VGG-19 without batch norms, or a small one with. */
export interface VggSpec {
  /** Which of the two. */
  readonly architecture: "vgg19" | "vgg-small";
  /** Channels of the first stage; 64 is the published VGG-19. */
  readonly width: number;
  /** How many classes. */
  readonly classes: number;
  /** Channels of the images. */
  readonly channels: 1 | 3;
  /** Nothing is normalised without it. */
  readonly normalise?: Normalisation;
}

/** The generator G of Figure 1, without the quantized transform in front of it. */
export interface GeneratorSpec {
  /** The name of the architecture. */
  readonly architecture: "generator";
  /** Channels at half the image's resolution; twice as many at a quarter. 16 is the recipe's. */
  readonly width: number;
  /** Channels of the images. */
  readonly channels: 1 | 3;
}

/** The detector D of Figure 1. */
export interface DetectorSpec {
  /** The name of the architecture. */
  readonly architecture: "detector";
  /** Channels of the first convolution; 2 and 4 times as many in the others. 16 is the recipe's. */
  readonly width: number;
  /** Channels of the images. */
  readonly channels: 1 | 3;
}

/** A network as plain JSON: what a file, a cache key and a caption say of it. */
export type NetworkSpec = ResNetSpec | VggSpec | GeneratorSpec | DetectorSpec;
