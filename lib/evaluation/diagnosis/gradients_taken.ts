import { tf } from "../../tensor/mod.ts";

/**
 * How many gradients TensorFlow.js takes while a function runs.
 *
 * tf.grad, tf.grads, tf.valueAndGrad(s), tf.variableGrads and the optimisers' minimize all end in one method of the
 * engine, of which there is one in a program. So it is enough to count there for as long as the function runs; and
 * nothing else runs meanwhile, since the function is not asynchronous.
 */
export function gradientsTaken(run: () => void): number {
  const engine = tf.engine() as { gradients: (...given: never[]) => unknown };
  const own = Object.getOwnPropertyDescriptor(engine, "gradients"), { gradients } = engine;
  let taken = 0;
  engine.gradients = function (...given) {
    taken++;
    return gradients.apply(this, given);
  };
  try {
    run();
  } finally {
    if (own) Object.defineProperty(engine, "gradients", own);
    else delete (engine as Partial<typeof engine>).gradients;
  }
  return taken;
}
