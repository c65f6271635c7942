import { linf } from "../../attacks/mod.ts";
import { word } from "../../kinds/mod.ts";
import type { Defense } from "../defense.ts";
import { defineDefense } from "../define_defense.ts";
import { levelsSetting } from "./codes.ts";
import { type ThermometerSettings, type ThermometerSpec, thermometerSpec } from "./spec.ts";

/** A row with a classifier of thermometer codes. */
export interface ThermometerRow extends ThermometerSettings {
  /** The defense's name. */
  readonly defense: "thermometer";
}

/**
 * Thermometer encoding (Buckman et al. 2018): every value of an image becomes a code of 16 levels, and the classifier is
 * trained on the codes, with `training: "adversarial"` on codes that LS-PGA attacks ({@linkcode lsPga}).
 *
 * How it was broken: Athalye et al. 2018 put a ramp in the place of each step of a code on the way back ("straight-through"
 * here, BPDA). The defense alone was left with 0 % on CIFAR-10 at ε = 0.031, with its adversarial training with 30 %, less than the
 * 47 % of adversarial training without any encoding.
 *
 * Departure: Buckman et al. train a wide ResNet for 7 steps of LS-PGA each batch; here the network is the target's with more
 * input channels, and steps, images and the clean start are those of adversarial training at the profile. LS-PGA climbs from the true label, not
 * from what the network says.
 */
export const thermometer: Defense<ThermometerRow> = defineDefense<
  ThermometerRow,
  { readonly classifier: ThermometerSpec }
>({
  name: "thermometer",
  title: "Thermometer encoding",
  source: "Buckman et al. 2018",
  traits: ["non-differentiable"],
  acts: ["on images", "in training"],
  breaks: [
    {
      by: "Athalye et al. 2018",
      attack: "BPDA",
      on: "cifar10",
      ball: linf(0.031),
      left: 0,
      source: "Table 1",
      differs: "a wide ResNet",
      where: { training: "plain" },
    },
    {
      by: "Athalye et al. 2018",
      attack: "BPDA",
      on: "cifar10",
      ball: linf(0.031),
      left: 0.3,
      source: "thermometer/README.md of anishathalye/obfuscated-gradients",
      differs: "a wide ResNet",
      where: { training: "adversarial" },
    },
  ],
  settings: {
    levels: { ...levelsSetting, default: 16 },
    training: word(["plain", "adversarial"], { default: "plain" }),
  },
  needs: (settings, { profile, dataset, seed }) => ({
    classifier: thermometerSpec(profile, dataset, settings, seed),
  }),
  stand: ({ classifier }) => ({
    victim: classifier,
    surrogates: { "straight-through": (images) => classifier.ramped(images) },
  }),
});
