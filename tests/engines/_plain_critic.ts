/**
 * A WGAN-GP critic as a user of TensorFlow.js writes it, with its variables and its Adam. Run alone it uses no file of the kit:
 *
 *     deno run -A tests/engines/_plain_critic.ts
 */
// deno-lint-ignore-file no-explicit-any -- one TensorFlow.js or the other
/** Numbers that look random, in [0, 1). */
function numbers(tf: any, shape: number[], seed: number): any {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, (_, i) => {
    const x = Math.sin(seed * 127.1 + i * 311.7) * 43758.5453;
    return x - Math.floor(x);
  });
  return tf.tensor(values, shape);
}

/**
 * @param tf TensorFlow.js, on some backend.
 * @param leaky A leaky ReLU of slope 0.2.
 * @returns The losses of five steps, and the weights after them.
 */
export function trainCritic(
  tf: any,
  leaky: (x: any) => any,
): { losses: number[]; weights: number[][] } {
  const draw = (shape: number[], seed: number) => numbers(tf, shape, seed).sub(0.5).mul(0.8);
  const weights = [draw([3, 3, 3, 8], 1), draw([8], 2), draw([3, 3, 8, 8], 3), draw([8, 1], 4)]
    .map((tensor: any) => tf.variable(tensor));
  const [first, bias, second, last] = weights;
  const critic = (x: any) => {
    const low = leaky(tf.conv2d(x, first, 2, "same").add(bias));
    return leaky(tf.conv2d(low, second, 1, "same")).mean([1, 2]).matMul(last);
  };
  const optimiser = tf.train.adam(1e-2, 0.5, 0.9), losses: number[] = [];
  for (let step = 0; step < 5; step++) {
    const [real, fake] = [
      numbers(tf, [8, 8, 8, 3], 10 + step),
      numbers(tf, [8, 8, 8, 3], 20 + step).square(),
    ];
    const mix = numbers(tf, [8, 1, 1, 1], 30 + step), between = real.mul(mix).add(fake.mul(tf.sub(1, mix)));
    const loss = optimiser.minimize(() => {
      const slope = tf.grad((x: any) => critic(x).sum())(between).square().sum([1, 2, 3]).add(1e-12).sqrt();
      return critic(fake).mean().sub(critic(real).mean()).add(slope.sub(1).square().mean().mul(10));
    }, true);
    losses.push(loss.dataSync()[0]);
  }
  return { losses, weights: weights.map((weight: any) => [...weight.dataSync()]) };
}

if (import.meta.main) {
  const tf = await import("@tensorflow/tfjs") as any;
  await tf.setBackend("cpu");
  // Its leaky ReLU can't be differentiated twice.
  console.log(JSON.stringify(trainCritic(tf, (x) => x.relu().sub(x.neg().relu().mul(0.2)))));
}
