import { checkSettings, object, type Settings, text } from "../kinds/mod.ts";
import { gradientAt, type Images, type Labels, tf } from "../tensor/mod.ts";
import { checkNetwork } from "./_check_network.ts";
import { checkLayer } from "./features.ts";
import type { Loaded } from "./load.ts";

/** Options of {@linkcode gradCam}. */
export interface GradCamOptions {
  /** Where the network is looked into: one of `network.layers` whose activations are maps, `[n, h, w, c]`. */
  readonly layer: string;
  /** `[n]`, the class that each image is asked about; default: the one that the network says. */
  readonly classes?: Labels;
}

const settings: Settings = { layer: text(), classes: object("a tensor [n]") };

/**
 * Where in the images a network sees a class: gradient-weighted class activation maps ("Grad-CAM" of 2017, after
 * Selvaraju et al., Eq. (1) and (2)).
 *
 * Each map Aᵏ of the layer weighs what the class's logit yᶜ gains by it, αᵏ = mean over the pixels of ∂yᶜ / ∂Aᵏ; the heat
 * is max(0, Σ αᵏ Aᵏ). It is enlarged to the image's size bilinearly, pixel centres on pixel centres, and divided by its
 * largest value, so heat of two images says where, not how much.
 *
 * @param classifier A network and its parameters, such as a trained classifier.
 * @param images `[n, h, w, c]` in [0, 1].
 * @param options The layer, and the classes if not those predicted.
 * @returns `[n, h, w]` in [0, 1], the caller's to free. The largest value is 1, or 0 where no pixel speaks for the class.
 * @throws {RangeError} Where there is no such layer, or its activations are no maps.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gradCam, network } from "@gcln/kit/networks";
 * import { uniform, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * const vgg = network({ architecture: "vgg-small", width: 2, classes: 10, channels: 1 });
 * const classifier = { network: vgg, parameters: vgg.init(1) };
 * const heat = gradCam(classifier, uniform([3, 16, 16, 1], 0, 1, 1), { layer: "relu3_2" });
 * assertEquals(heat.shape, [3, 16, 16]);
 * ```
 */
export function gradCam(
  { network, parameters }: Loaded,
  images: Images,
  options: GradCamOptions,
): tf.Tensor3D {
  checkNetwork(network);
  checkSettings("gradCam", settings, options, ["layer"]);
  const { layer, classes } = options;
  checkLayer(network, layer);
  return tf.tidy(() => {
    let seen: tf.Tensor | undefined;
    const said = network.apply(parameters, images, {
      tap: (name, activation) => {
        if (name === layer) seen = activation;
      },
    });
    checkClasses(classes, said.shape[0]);
    const maps = asMaps(seen!, layer); //                                           A  [n, u, v, k]
    const asked = tf.oneHot(classes ?? said.argMax<Labels>(1), said.shape[1]).cast("float32");
    const score = (changed: tf.Tensor4D) =>
      network.apply(parameters, images, { instead: { [layer]: changed } })
        .mul(asked).sum<tf.Scalar>(); // of each image its own class, so that one gradient serves all
    // α, [n, 1, 1, k], Selvaraju et al., Eq. (1)
    const weights = gradientAt(score, maps).mean([1, 2], true);
    // Selvaraju et al., Eq. (2)
    const heat: tf.Tensor4D = maps.mul<tf.Tensor4D>(weights).sum<tf.Tensor4D>(3, true).relu();
    const [, height, width] = images.shape;
    const large = tf.image.resizeBilinear(heat, [height, width], false, true).squeeze<tf.Tensor3D>([3]);
    const most = large.max([1, 2], true);
    return large.div(most.add(most.equal(0).cast("float32")));
  });
}

function checkClasses(classes: Labels | undefined, n: number): void {
  if (classes === undefined || `${classes.shape}` === `${n}`) return;
  throw new RangeError(`Cannot ask ${n} images about classes of shape [${classes.shape}]: [${n}] is wanted`);
}

function asMaps(activation: tf.Tensor, layer: string): tf.Tensor4D {
  if (activation.rank === 4) return activation as tf.Tensor4D;
  throw new RangeError(
    `Cannot draw heat from ${layer}, of shape [${activation.shape}]: wanted maps [n, h, w, channels]`,
  );
}
