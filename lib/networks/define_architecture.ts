import {
  callable,
  checkSettings,
  codeDigest,
  count,
  guess,
  type Registry,
  registry,
  type Settings,
  settingsByName,
  text,
  valueText,
} from "../kinds/mod.ts";
import { leavingResult, type Logits, type tf } from "../tensor/mod.ts";
import type { ArchitectureSpec, Network } from "./architecture.ts";
import { checkNormalises } from "./normalisation.ts";

/** What an architecture is made from. */
export interface ArchitectureOptions<Spec extends ArchitectureSpec, Output extends tf.Tensor> {
  /** The word that specs and caches know it by: `"resnet18"`. */
  readonly name: string;
  /** Whose it is: authors and year, or a section of the paper. */
  readonly source: string;
  /** What its spec says beside `architecture` and `channels`. All has to be there, apart from `normalise`. */
  readonly settings: Settings;
  /** The network of a spec that has been checked. */
  readonly make: (spec: Spec) => Network<Output>;
  /** Of a user's own: changes when it changes what it does, beyond what the text of `make` tells. */
  readonly version?: string | number;
}

/** An architecture: makes the network of a spec, and holds the facts that the kit needs to know of it. */
export interface Architecture<
  Spec extends ArchitectureSpec = ArchitectureSpec,
  Output extends tf.Tensor = tf.Tensor,
> extends Pick<ArchitectureOptions<Spec, Output>, "name" | "source" | "settings"> {
  /**
   * The network of a spec.
   *
   * @throws {RangeError} If a name or a value in the spec is wrong; the message has the nearest right one.
   */
  (spec: Spec): Network<Output>;
  /** Of a user's own a digest of its code and version: a part of the names of its trained networks. */
  readonly code?: string;
}

const facts: Settings = {
  name: text(),
  source: text(),
  settings: settingsByName(),
  make: callable(),
  version: { wanted: "a text or a number", accepts: (value) => ["string", "number"].includes(typeof value) },
};

/** The architectures that specs may name. */
// deno-lint-ignore no-explicit-any -- an architecture takes its own specs only; checks tell them apart.
export const architectures: Registry<Architecture<any>> = registry("architecture");

/**
 * Makes an architecture known by its name, so that {@linkcode network} and training find it in a spec.
 *
 * A network with all its facts may do without: `Network` is an interface, and all functions of the kit take one's own.
 *
 * @param options Its facts.
 * @returns The architecture; called with a spec it gives the network.
 * @throws {RangeError} If the kit has one of that name.
 *
 * @example An architecture of one's own
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { classifierOf, defineArchitecture, network } from "@gcln/kit/networks";
 * import { count } from "@gcln/kit/kinds";
 * import { type Logits, tf, uniform, useBackend } from "@gcln/kit/tensor";
 *
 * await useBackend();
 * interface LinearSpec { readonly architecture: "linear"; readonly channels: number; readonly classes: number }
 * const linear = defineArchitecture({
 *   name: "linear",
 *   source: "logistic regression on the mean colour",
 *   settings: { classes: count({ least: 2 }) },
 *   make: (spec: LinearSpec) => ({
 *     spec,
 *     layers: [],
 *     declarations: [
 *       { name: "fc.weight", shape: [spec.channels, spec.classes], start: "linear", fanIn: spec.channels },
 *     ],
 *     batchNorms: {},
 *     init: (seed) => ({ "fc.weight": uniform([spec.channels, spec.classes], -1, 1, seed) }),
 *     apply: (parameters, images) => images.mean([1, 2]).matMul(parameters["fc.weight"]!) as Logits,
 *   }),
 * });
 * const own = linear({ architecture: "linear", channels: 3, classes: 4 });
 * assertEquals(classifierOf(own, own.init(1))(tf.zeros([2, 8, 8, 3])).shape, [2, 4]);
 * ```
 */
export function defineArchitecture<Spec extends ArchitectureSpec, Output extends tf.Tensor = Logits>(
  options: ArchitectureOptions<Spec, Output>,
): Architecture<Spec, Output> {
  checkSettings("defineArchitecture", facts, options, ["name", "source", "settings", "make"]);
  const { name, source, settings, make } = options;
  const all: Settings = { architecture: text(), channels: count({ least: 1 }), ...settings };
  const needed = Object.keys(all).filter((key) => key !== "normalise");
  const made = (spec: Spec) => {
    checkSettings(name, all, spec, needed);
    if (spec.architecture !== name) {
      throw new RangeError(
        `Cannot make a ${name} of a spec whose architecture is ${valueText(spec.architecture)}`,
      );
    }
    const { normalise } = spec;
    if (normalise !== undefined) checkNormalises(normalise, spec.channels);
    return leavingOutput(make(spec));
  };
  // A function's own name is read-only.
  const code = architectures.isClosed() ? { code: codeDigest([make], options.version) } : {};
  const architecture = Object.defineProperty(
    Object.assign(made, { source, settings: all, ...code }),
    "name",
    {
      value: name,
    },
  );
  return architectures.add(architecture);
}

/** The same network, whose calls leave nothing behind but what it returns, unless someone listens on the way. */
function leavingOutput<Output extends tf.Tensor>(network: Network<Output>): Network<Output> {
  const prototype = Object.getPrototypeOf(network); // a user's own may be an object of a class
  return Object.assign(Object.create(prototype), network, {
    apply: ((parameters, images, pass) =>
      pass?.tap ?? pass?.statistics
        ? network.apply(parameters, images, pass)
        : leavingResult(() =>
          network.apply(parameters, images, pass)
        )) satisfies Network<Output>["apply"],
  });
}

/** The digest of the code of a user's own architecture; undefined for those of the kit, and for names that are not known. */
export function architectureCode(name: string): string | undefined {
  return architectures.all().find((architecture) => architecture.name === name)?.code;
}

/**
 * The network of a spec, by the one of several architectures that it names.
 *
 * @throws {RangeError} If it names none of them.
 */
export function oneOf<Spec extends ArchitectureSpec, Output extends tf.Tensor>(
  known: readonly Architecture<Spec, Output>[],
  spec: Spec,
): Network<Output> {
  const name: unknown = spec?.architecture, names = known.map(({ name }) => name);
  const found = known.find((architecture) => architecture.name === name);
  if (found !== undefined) return found(spec);
  throw new RangeError(
    `No network is called ${valueText(name)}${guess(String(name), names) || "."} There are ${
      names.join(", ")
    }`,
  );
}
