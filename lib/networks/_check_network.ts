import { valueText } from "../kinds/mod.ts";
import type { Parameters, tf } from "../tensor/mod.ts";
import type { Network } from "./architecture.ts";
import { parameter } from "./parameters.ts";

/** Throws where something is no network: a spec, say. */
export function checkNetwork(network: unknown): asserts network is Network<tf.Tensor> {
  const { apply, declarations } = (network ?? {}) as Partial<Network>;
  if (typeof apply === "function" && Array.isArray(declarations)) return;
  throw new TypeError(`Cannot use ${valueText(network)} as a network: what network() gives is wanted`);
}

/**
 * Throws where parameters are not a network's: one is missing or has another shape. Those with folded batch norms will do.
 */
export function checkParameters(network: Network<tf.Tensor>, parameters: Parameters): void {
  if (typeof parameters !== "object" || parameters === null) {
    throw new TypeError(`Cannot use parameters ${valueText(parameters)}: tensors by name are wanted`);
  }
  const folded = Object.keys(network.batchNorms).filter((norm) => parameters[`${norm}.weight`] === undefined);
  for (const { name, shape } of network.declarations) {
    const norm = folded.find((norm) => name.startsWith(`${norm}.`));
    const stored = norm === undefined ? name : `${network.batchNorms[norm]}.bias`;
    const value = parameter(parameters, stored);
    if (`${value.shape}` === `${shape}`) continue;
    throw new RangeError(
      `Parameter ${stored} of a ${network.spec.architecture} has shape [${value.shape}] in place of [${shape}]`,
    );
  }
}
