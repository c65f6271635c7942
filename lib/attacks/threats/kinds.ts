import { defineThreat, type Threat } from "./threat.ts";

/** The defended classifier as it is: rounding has its exact gradient, zero. The paper's "white-box". */
export const whiteBox: Threat = defineThreat({
  name: "white-box",
  title: "white-box",
  knows: "everything",
  gradient: "exact",
  differentiates: "the defended classifier as it is",
});

/** Rounding passed straight through where the defense rounds, else the exact gradient. The paper's BPDA. */
export const straightThroughThreat: Threat = defineThreat({
  name: "straight-through",
  title: "straight-through",
  knows: "everything",
  gradient: "replaced",
  differentiates: "the defended classifier, rounding passed straight through",
  formerly: ["bpda"],
});

/** The same, and the clip to [0, 1] behind the generator passed straight through as well. */
export const clipToo: Threat = defineThreat({
  name: "clip too",
  title: "straight-through, clip too",
  knows: "everything",
  gradient: "replaced",
  differentiates: "the defended classifier, rounding and clipping passed straight through",
});

/** The whole cleaner passed straight through: BPDA at its simplest. */
export const identityThreat: Threat = defineThreat({
  name: "identity",
  title: "identity",
  knows: "everything",
  gradient: "replaced",
  differentiates: "the defended classifier, the cleaner passed over",
});

/** A network in the cleaner's place that was fitted to imitate it. */
export const learnedThreat: Threat = defineThreat({
  name: "learned",
  title: "learned",
  knows: "everything",
  gradient: "replaced",
  differentiates: "the defended classifier, a network that imitates the cleaner in its place",
});

/** The classifier while it reads the image right, then the score of the detector that refuses it. */
export const detectorToo: Threat = defineThreat({
  name: "detector too",
  title: "detector too",
  knows: "everything",
  gradient: "replaced",
  differentiates: "the classifier until it errs, then the detector's score",
});

/** The defended classifier, whose gradients the attack itself puts in place: `strongest`. */
export const adaptiveThreat: Threat = defineThreat({
  name: "adaptive",
  title: "adaptive",
  knows: "everything",
  gradient: "replaced",
  differentiates: "the defended classifier, by the gradients that the attack finds best",
});

/** A randomised defense with the very random numbers that will be drawn when it is scored. */
export const noiseKnown: Threat = defineThreat({
  name: "noise known",
  title: "noise known",
  knows: "everything",
  gradient: "exact",
  differentiates: "the defended classifier with the random numbers that it will draw",
});

/** The classifier alone: the attacker does not know of the defense. */
export const oblivious: Threat = defineThreat({
  name: "oblivious",
  title: "oblivious",
  knows: "classifier",
  gradient: "its own",
  differentiates: "the classifier without its defense",
});

/** A network trained like the classifier: the attacker has neither the classifier nor the defense. */
export const blackBox: Threat = defineThreat({
  name: "black-box",
  title: "black-box",
  knows: "nothing",
  gradient: "its own",
  differentiates: "a substitute network",
});
