import type { Images, Labels, tf } from "../tensor/mod.ts";
import type { AnyBall } from "./ball.ts";

/** What the attacks are told that look for the smallest change. */
export interface MinimalOptions {
  /** Where the result has to lie; what is further away is brought into it. Without a ball any distance will do. */
  readonly ball?: AnyBall;
  /** The classes that the attacker wants, `[n]`; without them any wrong class will do. */
  readonly targets?: Labels;
  /** κ: by how much the wrong class has to win, in logits. Default 0. */
  readonly confidence?: number;
}

/** What they find. All tensors are the caller's to free. */
export interface MinimalResult {
  /** `[n, h, w, c]`; images of failures as they were. */
  readonly images: Images;
  /** `[n]`, bool: whether the surrogate misclassifies the image, by the confidence, in the ball. */
  readonly success: tf.Tensor1D;
  /** `[n]`: how far the image is from its original; 0 for failures. */
  readonly distance: tf.Tensor1D;
}
